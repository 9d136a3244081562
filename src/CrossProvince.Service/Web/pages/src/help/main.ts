// What every result means, in the words that the pages themselves use.
import "../styles.css";
import { element, sign } from "../elements";
import { language, say, t, useLanguage, type Text } from "../language";
import { undetermined, verdicts, type Tone } from "../verdicts";

const tones: [Tone, Text][] = [
  ["yes", { zh: "可以受理", en: "Accept" }],
  ["wait", { zh: "还不能判断：先做一件事，再扫一次", en: "Not decided: do one thing, then scan again" }],
  ["no", { zh: "不要受理", en: "Do not accept" }],
];

const questions: [Text, Text][] = [
  [
    { zh: "为什么截图不能用？", en: "Why is a screenshot refused?" },
    { zh: "亮证码只在一两分钟内有效，并且多数场景只能用一次。请当面在官方应用中刷新。", en: "A code lives for a minute or two, and works once in most scenarios. Refresh it in the official app, in person." },
  ],
  [
    { zh: "“状态截至”是什么意思？", en: "What is “status as of”?" },
    { zh: "签发地区签名确认的时刻：证照状态在那一刻是真实的，通常在几秒之内。", en: "The moment that the issuing region has signed: then the licence's status was as shown, normally a few seconds ago." },
  ],
  [
    { zh: "“暂无法判断”是不是说证照有问题？", en: "Does “no decision” mean that something is wrong with the licence?" },
    { zh: "不是。只表示窗口的系统此刻不能确认，既不能当作有效，也不能当作无效。", en: "No. The counter's system cannot tell at the moment: treat it neither as valid nor as refused." },
  ],
  [
    { zh: "能只看手机屏幕就受理吗？", en: "May a licence be accepted by looking at the phone?" },
    { zh: "不能。画面可以伪造，请一律扫码。", en: "No. A picture can be forged; always scan." },
  ],
];

function show(): void {
  document.title = t("核验帮助 · CrossProvince", "Help · CrossProvince");
  document.getElementById("page")!.replaceChildren(
    element(
      "main",
      { class: "help" },
      element(
        "button",
        {
          class: "quiet corner",
          click: () => {
            useLanguage(language() === "zh" ? "en" : "zh");
            show();
          },
        },
        t("English", "中文"),
      ),
      element("h1", {}, t("核验结果说明", "What the results mean")),
      ...tones.map(([tone, heading]) =>
        element(
          "section",
          { class: "tone" },
          element("h2", { class: tone }, sign(tone), say(heading)),
          ...Object.entries(verdicts)
            .filter(([, words]) => words.tone === tone)
            .map(([verdict, words]) =>
              element(
                "article",
                { id: verdict },
                element("h3", {}, say(words.word), element("code", {}, verdict.replace("VERDICT_", ""))),
                element("p", {}, element("strong", {}, t("窗口：", "At the counter: ")), say(words.clerk)),
                verdict === "VERDICT_UNDETERMINED" && element("ul", {}, ...Object.values(undetermined).map((why) => element("li", {}, say(why)))),
                element("p", {}, element("strong", {}, t("亮证人：", "Presenter: ")), say(words.citizen)),
              ),
            ),
        ),
      ),
      element("h2", {}, t("常见问题", "Questions")),
      element("dl", { class: "questions" }, ...questions.flatMap(([question, answer]) => [element("dt", {}, say(question)), element("dd", {}, say(answer))])),
    ),
  );
}

useLanguage(language());
show();
