import type { Facts, ReasonCode } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { Caller, Lake } from '../lake.ts';
import type { DidInput } from './check-input.ts';

/**
 * What later rooms add when DIDs are made or filled. A room may not import rooms below it, so these set their part
 * here when their routes are set up.
 */
export interface DidExtensions {
  /** Registers copies of files at an RSE, in the transaction that attaches them (room replicas). */
  registerCopies?(tx: Transaction, caller: Caller, rse: string, files: readonly DidInput[]): Promise<void>;
  /** Checks, before anything is written, that the caller may register copies at the RSE (room replicas). */
  checkCopies?(caller: Caller, rse: string): Promise<void>;
  /**
   * Tells the rules that copies arrived (O) or were lost (S, with the reason if there is one), in the transaction that says so (room locks).
   * @returns channels to wake after commit
   */
  settleLocks?(
    tx: Transaction,
    entries: readonly {
      did_id: number;
      rse_id: string;
      state: 'O' | 'S';
      reason?: ReasonCode;
      facts?: Facts;
    }[],
  ): Promise<string[]>;
  /**
   * Makes the rules that came with a new DID, in the transaction that makes it (room rules).
   * @returns channels to wake after commit
   */
  addRules?(
    tx: Transaction,
    caller: Caller,
    did: { scope: string; name: string },
    rules: readonly Record<string, unknown>[],
  ): Promise<string[]>;
}

const extensions = new WeakMap<Lake, DidExtensions>();

/** The extensions of a lake; assign to set one. */
export const didExtensions = (lake: Lake): DidExtensions => {
  let known = extensions.get(lake);
  if (!known) {
    known = {};
    extensions.set(lake, known);
  }
  return known;
};
