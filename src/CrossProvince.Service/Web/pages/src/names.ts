// Names of what answers carry as ids.
import { api, type LicenceType, type Presenter } from "./api";
import { say, t, type Text } from "./language";

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
  "fields.sex": { zh: "性别", en: "Sex" },
  "fields.birth_date": { zh: "出生日期", en: "Date of birth" },
  "fields.mother_name": { zh: "母亲姓名", en: "Mother's name" },
  "fields.father_name": { zh: "父亲姓名", en: "Father's name" },
  "fields.vehicle_class": { zh: "准驾车型", en: "Vehicle class" },
  "fields.vehicle_type": { zh: "车辆类型", en: "Vehicle type" },
  "fields.use_character": { zh: "使用性质", en: "Use of the vehicle" },
  "fields.company_type": { zh: "公司类型", en: "Kind of company" },
  "fields.legal_representative": { zh: "法定代表人", en: "Legal representative" },
  "fields.registered_capital": { zh: "注册资本", en: "Registered capital" },
  "fields.established_on": { zh: "成立日期", en: "Established on" },
  "fields.business_scope": { zh: "经营范围", en: "Scope of business" },
  "fields.address": { zh: "住址或住所", en: "Address" },
};

/** Who shows a licence. */
export const presenters: Record<Presenter, Text | undefined> = {
  PRESENTER_UNSPECIFIED: undefined,
  PRESENTER_HOLDER: { zh: "持证人本人", en: "The holder" },
  PRESENTER_GUARDIAN: { zh: "监护人", en: "A guardian" },
  PRESENTER_AGENT: { zh: "经办人", en: "An agent" },
  PRESENTER_OPERATOR: { zh: "窗口代持证人出示", en: "An operator, for the holder" },
};

/** Names from the catalogue; an id stands for what it does not know. */
export class Names {
  private constructor(private readonly types: ReadonlyMap<string, LicenceType>) {}

  static async load(): Promise<Names> {
    const types = await api.types();
    return new Names(new Map(types.map((type) => [type.id ?? "", type])));
  }

  type(id: string | undefined): string {
    return id ? say(this.types.get(id)?.names) || id : "";
  }

  /** Whether licences of a type have a field that a scenario may disclose. */
  has(type: string, field: string): boolean {
    return !field.startsWith("fields.") || (this.types.get(type)?.fields ?? []).includes(field.slice("fields.".length));
  }

  region(code: string | undefined): string {
    return code ? (regions[code] ? `${say(regions[code])} ${code}` : t(`地区 ${code}`, `Region ${code}`)) : "";
  }

  field(name: string): string {
    return say(fields[name]) || name.replace(/^fields\./, "");
  }
}
