import { openStorages } from '../bytes/open-storages.ts';
import { type Finding, printFinding } from '../checks/print-finding.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { sayTrust, trustFor } from '../joining/advise.ts';
import { makeKnown } from '../joining/make-known.ts';
import { probeStorage, SIGNED } from '../joining/probe-storage.ts';
import { addressOf, readAddress } from '../joining/read-address.ts';
import { sayNumberOf } from '../terminal/units.ts';

interface Options {
  site?: string;
  qos?: string;
  scheme?: string;
  /** commander turns --no-check into false. */
  check: boolean;
  anonymous?: boolean;
}

/** Checks that fail when the storage does not trust the lake as it should. */
const OF_TRUST = new Set(['Token', 'Write', 'Read', 'Delete']);
const everything = { availability_read: true, availability_write: true, availability_delete: true };

/**
 * Makes an existing storage known to the lake and tries it. A new one opens when the probe went well; one that was
 * known already keeps being open or closed as it is. Ends with `partial` when something that the lake needs fails.
 */
export const connectRse = async (
  context: Context,
  [rse, url]: [string, string],
  options: Options,
): Promise<void> => {
  const protocol = readAddress(url, options.scheme);
  const address = addressOf(protocol);
  const client = await context.client();
  const session = await context.session();
  const { issuer } = await client.transport.json<{ issuer: string }>('/.well-known/openid-configuration');
  const trust = trustFor(issuer, protocol);
  const attributes: Record<string, string> = {
    ...(options.site ? { site: options.site } : {}),
    ...(options.qos ? { QOS: options.qos } : {}),
  };
  const { made, others } = await makeKnown(client, rse, protocol, attributes);
  await context.out.done(
    { rse, made, address, attributes, connected: others.length, trust },
    `${made ? 'Made' : 'Found'} ${rse} at ${address}, connected with ${sayNumberOf(others.length, 'other storage')}.`,
  );
  const open = async () => {
    const { availability_read, availability_write, availability_delete } = await client.rses.get(rse);
    if (!(availability_read || availability_write || availability_delete))
      await client.rses.update(rse, everything);
  };
  if (!options.check) {
    await open();
    await context.out.done({ rse, open: true, checked: false }, `${rse} is open, and was not tried.`);
    return;
  }
  const findings: Finding[] = [];
  const protocols = await openStorages(session);
  try {
    const probe = probeStorage({
      client,
      protocols,
      scope: `user.${session.account}`,
      rse,
      address,
      others,
      anonymous: options.anonymous ?? false,
      caFile: session.caFile,
    });
    for await (const finding of probe) {
      findings.push(finding);
      await printFinding(context, finding);
    }
  } finally {
    protocols.close();
  }
  const isOpen = findings.some(({ check, state }) => check === 'Without a token' && state === 'warning');
  const isWrong = findings.some(({ state }) => state === 'failed');
  const isRefused = findings.some(({ check, state }) => state === 'failed' && OF_TRUST.has(check));
  if ((isRefused && !options.anonymous) || isOpen) {
    await context.out.text('\nWhat the storage has to trust:');
    for (const line of sayTrust(trust)) await context.out.text(`  ${line}`);
    await context.out.text('');
  }
  if (isWrong) {
    throw new CommandError(
      'partial',
      `${rse} is known, but does not work yet${made ? ', and is closed' : ''}. When that is put right, run the same command again.`,
    );
  }
  if (findings.some(({ check, state }) => check === SIGNED && state === 'ok'))
    await client.rses.setAttribute(rse, 'sign_url', 'leman');
  await open();
  await context.out.done({ rse, open: true, checked: true }, `${rse} works.`);
};
