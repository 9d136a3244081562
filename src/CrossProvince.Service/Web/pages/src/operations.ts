// What was verified, and how the node fares: OperationsService of docs/openapi.json.
import type { components } from "../generated/api";
import { call } from "./api";

type Schemas = components["schemas"];
export type RecordedVerification = Schemas["crossprovince.operations.v1.RecordedVerification"];
export type VerificationSearch = Schemas["crossprovince.operations.v1.SearchVerificationsRequest"];
export type FoundVerifications = Schemas["crossprovince.operations.v1.SearchVerificationsResponse"];
export type Statistics = Schemas["crossprovince.operations.v1.GetStatisticsResponse"];
export type VerdictCount = Schemas["crossprovince.operations.v1.VerdictCount"];
export type Report = Schemas["crossprovince.operations.v1.GetReportResponse"];
export type NodeState = Schemas["crossprovince.operations.v1.GetStateResponse"];
export type Feed = Schemas["crossprovince.operations.v1.Feed"];
export type Expiry = Schemas["crossprovince.operations.v1.Expiry"];
export type Live = Schemas["crossprovince.operations.v1.GetLiveResponse"];

export const operations = {
  /** The caller's own organisation's verifications, newest first; a page at a time. */
  search: (search: VerificationSearch) => call<FoundVerifications>("POST", "/v1/operations/verifications:search", search),
  /** One of them, with its receipt. */
  verification: (id: string) => call<RecordedVerification>("GET", `/v1/operations/verifications/${encodeURIComponent(id)}?wantReceipt=true`),
  statistics: (from: Date, until: Date) => call<Statistics>("GET", `/v1/operations/statistics?from=${from.toISOString()}&until=${until.toISOString()}`),
  report: (month: string) => call<Report>("GET", `/v1/operations/reports/${encodeURIComponent(month)}`),
  state: () => call<NodeState>("GET", "/v1/operations/state"),
  live: () => call<Live>("GET", "/v1/operations/live"),
};
