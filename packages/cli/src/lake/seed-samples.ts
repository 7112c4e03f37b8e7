import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Client, NewFile } from '@leman/client';
import { createAdler32 } from '@leman/contracts';
import type { Protocols } from '@leman/protocols';
import { replaceFile } from '@leman/tokens';
import { sendFile } from '../bytes/send-file.ts';
import type { Home } from './home.ts';
import type { Plan } from './plan.ts';
import { sampleImage } from './sample-image.ts';
import { unlessThere } from './unless-there.ts';

/** The people of a sample lake and their passwords, kept in HOME/samples.json (0600). */
export interface Samples {
  complete: boolean;
  people: { account: string; role: string; password: string }[];
}

const BYTES_FOR_A_SCIENTIST = 50_000_000_000;
const SCOPE = 'sky';
const datasets = [
  { name: 'survey.night1', files: 8, object: 'M31' },
  { name: 'survey.night2', files: 8, object: 'M51' },
  { name: 'survey.calibration', files: 4, object: 'FLAT' },
];

export const readSamples = async (home: Home): Promise<Samples | undefined> => {
  const text = await readFile(home.samplesFile, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Samples);
};

const addPeople = async (client: Client, plan: Plan, samples: Samples): Promise<void> => {
  for (const { account, password, role } of samples.people) {
    await unlessThere(client.accounts.add(account, 'USER', `${account}@example.org`));
    await unlessThere(
      client.accounts.addIdentity(account, {
        identity: account,
        authtype: 'USERPASS',
        email: `${account}@example.org`,
        password,
        default: true,
      }),
    );
    await unlessThere(client.scopes.add(account, `user.${account}`));
    if (role === 'data manager') await unlessThere(client.accounts.setAttribute(account, 'admin', 'true'));
    for (const { rse } of plan.storages) await client.accounts.setLimit(account, rse, BYTES_FOR_A_SCIENTIST);
  }
  await unlessThere(client.scopes.add('marie', SCOPE));
};

const addDataset = async (
  client: Client,
  protocols: Protocols,
  rse: string,
  dataset: (typeof datasets)[number],
): Promise<void> => {
  const files = Array.from({ length: dataset.files }, (_, index) => ({
    name: `${dataset.name}/${dataset.object.toLowerCase()}-${String(index + 1).padStart(3, '0')}.fits`,
    bytes: sampleImage(dataset.files * 1000 + index + dataset.name.length, dataset.object),
  }));
  const doors = await client.replicas.storageTokens(
    files.map(({ name }) => ({ rse, scope: SCOPE, name, operation: 'write' as const })),
  );
  const registered: NewFile[] = [];
  for (const [index, { name, bytes }] of files.entries()) {
    const { pfn, token } = doors[index]!;
    const adler32 = createAdler32().update(bytes).digest();
    const from = {
      bytes: bytes.length,
      open: () => Readable.from([bytes], { objectMode: false }),
      checksum: async () => adler32,
    };
    await sendFile(protocols, from, { pfn, token }, () => undefined);
    registered.push({ scope: SCOPE, name, bytes: bytes.length, adler32 });
  }
  await unlessThere(client.replicas.add(rse, registered));
  const did = { scope: SCOPE, name: dataset.name };
  await unlessThere(client.dids.add(did, 'DATASET', { meta: { campaign: 'survey-2026' } }));
  await client.dids.attachMany([{ ...did, dids: registered.map(({ scope, name }) => ({ scope, name })) }]);
};

/**
 * Sample people, and a small survey of the sky with real bytes at the first storage, kept there by a rule and partly
 * copied to a second site. What an interrupted start left half done is completed.
 */
export const seedSamples = async (options: {
  client: Client;
  protocols: Protocols;
  home: Home;
  plan: Plan;
}): Promise<void> => {
  const { client, protocols, home, plan } = options;
  const before = await readSamples(home);
  if (before?.complete) return;
  const password = () => randomBytes(9).toString('base64url');
  const samples: Samples = before ?? {
    complete: false,
    people: [
      { account: 'ada', role: 'scientist', password: password() },
      { account: 'marie', role: 'data manager', password: password() },
    ],
  };
  const write = () => replaceFile(home.samplesFile, 0o600, `${JSON.stringify(samples, null, 2)}\n`);
  write();
  await addPeople(client, plan, samples);
  const [first, ...others] = plan.storages;
  if (!first) return;
  for (const dataset of datasets) await addDataset(client, protocols, first.rse, dataset);
  const survey = { scope: SCOPE, name: 'survey' };
  await unlessThere(client.dids.add(survey, 'CONTAINER'));
  await client.dids.attachMany([{ ...survey, dids: datasets.map(({ name }) => ({ scope: SCOPE, name })) }]);
  const keep = { account: 'marie', copies: 1, activity: 'User Subscriptions' };
  await unlessThere(
    client.rules.add({
      ...keep,
      dids: [survey],
      rse_expression: first.rse,
      comment: 'The survey stays on disk',
    }),
  );
  const second = others.find(({ site }) => site !== first.site);
  if (second) {
    await unlessThere(
      client.rules.add({
        ...keep,
        dids: [{ scope: SCOPE, name: 'survey.night1' }],
        rse_expression: second.rse,
        comment: 'A second copy for analysis',
      }),
    );
  }
  samples.complete = true;
  write();
};
