// What the wallet asks the node for.
import { call, CallError } from "../api";
import type { components } from "../../generated/api";
import type { Text } from "../language";

type Schemas = components["schemas"];
export type Licence = Schemas["crossprovince.presentation.v1.ShowableLicence"];
export type Use = Schemas["crossprovince.presentation.v1.Use"];
export type Recognition = Schemas["crossprovince.catalogue.v1.Recognition"];
export type Presentation = Schemas["crossprovince.presentation.v1.CreatePresentationResponse"];
export type Withdrawal = Schemas["crossprovince.presentation.v1.CancelPresentationResponse"];

/** As whom the sample identity provider signs in: a person by number, or the holder, guardian or agent of a licence. */
export interface SampleHolder {
  code?: string;
  licence_id?: string;
  as: "holder" | "guardian" | "agent";
}

export const calls = {
  licences: async () => (await call<Schemas["crossprovince.presentation.v1.ListLicencesResponse"]>("GET", "/v1/licences")).licences ?? [],
  present: (request: Schemas["crossprovince.presentation.v1.CreatePresentationRequest"]) => call<Presentation>("POST", "/v1/presentations", request),
  withdraw: (showingId: string) => call<Withdrawal>("POST", "/v1/presentations:cancel", { showingId }),
  uses: (pageToken: string, pageSize: number) =>
    call<Schemas["crossprovince.presentation.v1.ListUsesResponse"]>("GET", `/v1/uses?pageSize=${pageSize}${pageToken && `&pageToken=${pageToken}`}`),
  recognitions: async () =>
    (await call<Schemas["crossprovince.catalogue.v1.ListRecognitionsResponse"]>("GET", "/v1/catalogue/recognitions")).recognitions ?? [],
  signInAsSample: (holder: SampleHolder) => call<unknown>("POST", "/dev/session", holder),
};

/** What to tell the person when there is no network. */
export const noNetwork: Text = { zh: "没有网络，或节点没有应答。", en: "There is no network, or the node does not answer." };

/** What to tell the person when a call has failed. */
export function trouble(error: unknown): Text {
  if (!(error instanceof CallError)) {
    return { zh: "页面出错，请刷新。", en: "The page failed; reload it." };
  }
  switch (error.kind) {
    case "offline":
      return noNetwork;
    case "failed":
      return { zh: "节点出错，请稍后再试。", en: "The node failed; try again later." };
    default:
      return error.text;
  }
}
