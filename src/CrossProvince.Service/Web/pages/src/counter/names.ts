// Names of what answers carry as ids.
import { api } from "../api";
import { say, t, type Text } from "../language";

const regions: Record<string, Text> = {
  "110000": { zh: "北京市", en: "Beijing" },
  "120000": { zh: "天津市", en: "Tianjin" },
  "130000": { zh: "河北省", en: "Hebei" },
};

const fields: Record<string, Text> = {
  "holder.name": { zh: "持证主体", en: "Holder" },
  "holder.code": { zh: "持证主体代码", en: "Holder's code" },
  number: { zh: "证照号码", en: "Number" },
  "issuer.name": { zh: "发证机关", en: "Issued by" },
  issued_on: { zh: "发证日期", en: "Issued on" },
  valid_until: { zh: "有效期至", en: "Valid until" },
};

/** Names from the catalogue; an id stands for what it does not know. */
export class Names {
  private constructor(private readonly types: ReadonlyMap<string, Text>) {}

  static async load(): Promise<Names> {
    const types = await api.types();
    return new Names(new Map(types.map((type) => [type.id ?? "", { zh: type.names?.zh ?? "", en: type.names?.en ?? "" }])));
  }

  type(id: string | undefined): string {
    return id ? say(this.types.get(id)) || id : "";
  }

  region(code: string | undefined): string {
    return code ? (regions[code] ? `${say(regions[code])} ${code}` : t(`地区 ${code}`, `Region ${code}`)) : "";
  }

  field(name: string): string {
    return say(fields[name]) || name.replace(/^fields\./, "");
  }
}
