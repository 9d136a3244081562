// The JSON interface of the node, as docs/openapi.json describes it.
import type { components } from "../generated/api";
import type { Text } from "./language";

type Schemas = components["schemas"];
export type Verification = Schemas["crossprovince.verification.v1.Verification"];
export type VerifyRequest = Schemas["crossprovince.verification.v1.VerifyRequest"];
export type Scenario = Schemas["crossprovince.catalogue.v1.Scenario"];
export type LicenceType = Schemas["crossprovince.catalogue.v1.LicenceType"];
export type Verdict = NonNullable<Verification["verdict"]>;
export type Presenter = NonNullable<Verification["presenter"]>;

/** Who is signed in, as the node sees it. */
export interface Session {
  role: "operator" | "holder";
  organisation: string;
  terminal: string;
  /** When the sign-in ends, whatever is done. */
  expiresAt: string;
  /** Seconds without a call after which it ends. */
  idleSeconds: number;
}

/** What can be signed in with, when nobody is. */
export interface SignedOut {
  /** The sample identity provider is there: Development. */
  sample: boolean;
}

/** Why there is no answer: never a verdict. */
export class CallError extends Error {
  constructor(
    readonly kind: "signed-out" | "offline" | "busy" | "refused" | "failed",
    readonly text: Text,
    readonly retryAfterMs?: number,
  ) {
    super(text.en);
  }
}

const patienceMs = 10_000;

export const api = {
  verify: (request: VerifyRequest) => call<Verification>("POST", "/v1/verifications", request),
  scenarios: async () => (await call<Schemas["crossprovince.catalogue.v1.ListScenariosResponse"]>("GET", "/v1/catalogue/scenarios")).scenarios ?? [],
  types: async () => (await call<Schemas["crossprovince.catalogue.v1.ListLicenceTypesResponse"]>("GET", "/v1/catalogue/types")).types ?? [],
  session: () => call<Session | SignedOut>("GET", "/session"),
  signInAsSample: (organisation: string, terminal: string) => call<unknown>("POST", "/dev/session", { as: "operator", org: organisation, terminal }),
  signOut: () => call<unknown>("DELETE", "/session"),
};

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      // The header that another site's page cannot send: with it, the cookie counts as the signed-in person's own act.
      headers: { "X-CrossProvince-Page": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch {
    throw new CallError("offline", {
      zh: "节点没有应答：请检查网络，再扫一次。此次没有核验结果。",
      en: "The node does not answer: check the network and scan again. There is no result.",
    });
  }
  if (response.ok) {
    return (await response.json().catch(() => ({}))) as T;
  }
  throw await errorOf(response);
}

async function errorOf(response: Response): Promise<CallError> {
  const status = (await response.json().catch(() => ({}))) as { message?: string; details?: { "@type"?: string; locale?: string; message?: string }[] };
  const said = (locale: string) => status.details?.find((d) => d["@type"]?.endsWith("LocalizedMessage") && d.locale === locale)?.message;
  const text = {
    zh: said("zh-CN") ?? "节点出错，没有核验结果：请再扫一次。",
    en: said("en") ?? status.message ?? "The node failed, and there is no result: scan again.",
  };
  const after = Number(response.headers.get("Retry-After"));
  const retryAfterMs = Number.isFinite(after) && after > 0 ? after * 1000 : undefined;
  switch (response.status) {
    case 401:
      return new CallError("signed-out", text);
    case 429:
    case 503:
      return new CallError("busy", text, retryAfterMs);
    default:
      return new CallError(response.status < 500 ? "refused" : "failed", text);
  }
}
