// What a signed-in person has, and what has been shown since.
import { api, type Scenario, type Session } from "../api";
import type { Text } from "../language";
import { Names } from "../names";
import { calls, type Licence, type Recognition } from "./calls";
import type { Showing } from "./showing";

export class Wallet {
  /** Showings whose last code may still be good. */
  readonly showings: Showing[] = [];

  /** Region that the person is in, as chosen; at first the one that issues these licences. */
  region: string;

  private constructor(
    readonly session: Session,
    public licences: Licence[],
    readonly scenarios: Scenario[],
    readonly recognitions: Recognition[],
    readonly names: Names,
  ) {
    this.region = session.region;
  }

  static async open(session: Session): Promise<Wallet> {
    const [licences, scenarios, recognitions, names] = await Promise.all([calls.licences(), api.scenarios(), calls.recognitions(), Names.load()]);
    return new Wallet(session, licences, scenarios, recognitions, names);
  }

  async renew(): Promise<void> {
    this.licences = await calls.licences();
  }

  /** The node has just said that a licence is not in force. */
  refuse(refused: Licence, text: Text): void {
    this.licences = this.licences.map((licence) =>
      licence.licenceId === refused.licenceId ? { ...licence, canBeShown: false, reasonZh: text.zh, reasonEn: text.en } : licence,
    );
  }

  /** Regions that recognise anything of this one, which comes first. */
  get regions(): string[] {
    const others = this.recognitions.filter((recognition) => recognition.from === this.session.region).map((recognition) => recognition.to ?? "");
    return [...new Set([this.session.region, ...others])];
  }

  /** What a licence can be shown for in a region. */
  scenariosOf(licence: Licence, region: string): Scenario[] {
    const recognised =
      region === this.session.region
        ? undefined
        : this.recognitions.filter((r) => r.from === this.session.region && r.to === region && r.types?.includes(licence.licenceType ?? "")).flatMap((r) => r.scenarios ?? []);
    return this.scenarios.filter(({ id = "" }) => licence.scenarios?.includes(id) && (recognised?.includes(id) ?? true));
  }

  scenario(id: string | undefined): Scenario | undefined {
    return this.scenarios.find((scenario) => scenario.id === id);
  }

  licence(id: string | undefined): Licence | undefined {
    return this.licences.find((licence) => licence.licenceId === id);
  }
}
