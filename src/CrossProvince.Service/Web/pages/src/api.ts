// The JSON interface of the node, as docs/openapi.json describes it.
import type { components } from "../generated/api";
import type { Text } from "./language";
import { Since } from "./since";

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
  /** What the partner file calls it, if it does. */
  organisationNames?: Text | null;
  terminal: string;
  /** Region of the node. */
  region: string;
  /** May see figures of the region and the node's state. */
  operations: boolean;
  /** When the sign-in ends, whatever is done. */
  expiresAt: string;
  /** Seconds without a call after which it ends. */
  idleSeconds: number;
}

/** What can be signed in with, when nobody is. */
export interface SignedOut {
  /** The sample identity provider is there: Development. */
  sample: boolean;
  providers: Provider[];
  /** Why somebody who has signed in may do nothing here. */
  refusal?: Text | null;
}

/** An identity provider with which people sign in. */
export interface Provider {
  place: number;
  title: string;
  /** It speaks for holders of licences. */
  holders: boolean;
  /** It speaks for operators of this region. */
  operators: boolean;
  /** It may name those among them who run the nodes. */
  operations: boolean;
}

/** Why there is no answer: never a verdict. */
export class CallError extends Error {
  constructor(
    readonly kind: "signed-out" | "offline" | "busy" | "refused" | "failed",
    readonly text: Text,
    readonly retryAfterMs?: number,
    /** The node's own word for it, such as SHOWING_USED. */
    readonly reason?: string,
  ) {
    super(text.en);
  }
}

const patienceMs = 10_000;

/** When the node last answered: a session lives as long after that. */
let answered = new Since();

export function silentMs(): number {
  return answered.ms;
}

export const api = {
  verify: (request: VerifyRequest) => call<Verification>("POST", "/v1/verifications", request),
  scenarios: async () => (await call<Schemas["crossprovince.catalogue.v1.ListScenariosResponse"]>("GET", "/v1/catalogue/scenarios")).scenarios ?? [],
  types: async () => (await call<Schemas["crossprovince.catalogue.v1.ListLicenceTypesResponse"]>("GET", "/v1/catalogue/types")).types ?? [],
  session: () => call<Session | SignedOut>("GET", "/session"),
  signInAsSample: (organisation: string, terminal: string) => call<unknown>("POST", "/dev/session", { as: "operator", org: organisation, terminal }),
  signInAsOperations: (organisation: string) => call<unknown>("POST", "/dev/session", { as: "operator", org: organisation, roles: ["operations"] }),
  /** Ends the session. "elsewhere": where the identity provider ends its own, which leads back to the page. */
  signOut: (page: string) => call<{ elsewhere?: string }>("DELETE", `/session?page=${page}`),
};

const noAnswer: Text = {
  zh: "节点没有应答：请检查网络，再扫一次。此次没有核验结果。",
  en: "The node does not answer: check the network and scan again. There is no result.",
};

/** Calls the node. Throws a {@link CallError} when there is no answer to the question. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  // AbortSignal.timeout is younger than some phones.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patienceMs);
  try {
    response = await fetch(path, {
      method,
      // The header that another site's page cannot send: with it, the cookie counts as the signed-in person's own act.
      headers: { "X-CrossProvince-Page": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: patience.signal,
    });
  } catch {
    clearTimeout(timer);
    throw new CallError("offline", noAnswer);
  }
  try {
    answered = new Since();
    if (response.ok) {
      return await read<T>(response);
    }
    throw await errorOf(response);
  } finally {
    clearTimeout(timer);
  }
}

/** What the node says; an answer that breaks off is none. */
async function read<T>(response: Response): Promise<T> {
  if (response.status === 204) {
    return {} as T;
  }
  try {
    return (await response.json()) as T;
  } catch {
    throw new CallError("offline", noAnswer);
  }
}

async function errorOf(response: Response): Promise<CallError> {
  const status = (await response.json().catch(() => ({}))) as { message?: string; details?: { "@type"?: string; locale?: string; message?: string; reason?: string }[] };
  const said = (locale: string) => status.details?.find((d) => d["@type"]?.endsWith("LocalizedMessage") && d.locale === locale)?.message;
  const text = {
    zh: said("zh-CN") ?? "节点出错，没有核验结果：请再扫一次。",
    en: said("en") ?? status.message ?? "The node failed, and there is no result: scan again.",
  };
  const after = Number(response.headers.get("Retry-After"));
  const retryAfterMs = Number.isFinite(after) && after > 0 ? after * 1000 : undefined;
  const reason = status.details?.find((d) => d["@type"]?.endsWith("ErrorInfo"))?.reason;
  switch (response.status) {
    case 401:
      return new CallError("signed-out", text, undefined, reason);
    case 429:
    case 503:
      return new CallError("busy", text, retryAfterMs, reason);
    default:
      return new CallError(response.status < 500 ? "refused" : "failed", text, undefined, reason);
  }
}
