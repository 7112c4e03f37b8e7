import { silentLog } from '@leman/foundation';
import { startTransfer } from '../start-transfer.ts';

/** A transfer service in a process of its own, to be killed: options as JSON in the first argument, its URL on stdout. */
const options = JSON.parse(process.argv[2]!) as Omit<Parameters<typeof startTransfer>[0], 'log'>;
const { url } = await startTransfer({ ...options, log: silentLog });
process.stdout.write(`${url}\n`);
