import type { Context } from '../context.ts';
import { paint } from '../terminal/paint.ts';
import { sayBytes, sayCount, sayNumberOf, saySpan } from '../terminal/units.ts';

const plural = (parts: (string | false)[]): string => parts.filter(Boolean).join(', ');

/** The lake at a glance. */
export const status = async (context: Context): Promise<void> => {
  const client = await context.client();
  const lake = await client.status.lake();
  if (context.json) {
    await context.out.item(lake, []);
    return;
  }
  const { out } = context;
  const { transfers } = lake;
  const waiting = transfers.waiting.reduce((sum, { files }) => sum + files, 0);
  await out.text(
    `${paint('bold', 'Transfers')}  ${plural([
      `${sayCount(transfers.submitted)} moving (${sayBytes(transfers.submitted_bytes)})`,
      `${sayCount(transfers.queued)} queued (${sayBytes(transfers.queued_bytes)})`,
      waiting > 0 && paint('yellow', `${sayCount(waiting)} waiting`),
    ])}`,
  );
  for (const { reason, files, bytes } of transfers.waiting) {
    await out.text(`           ${reason}: ${sayNumberOf(files, 'file')}, ${sayBytes(bytes)}`);
  }
  await out.text('');
  await out.rows(
    lake.rses,
    [
      { title: 'RSE', text: ({ rse }) => rse },
      { title: 'SITE', text: ({ site }) => site ?? '-' },
      { title: 'FILES', text: ({ files }) => sayCount(files), right: true },
      { title: 'USED', text: ({ used }) => sayBytes(used), right: true },
      { title: 'FREE', text: ({ free }) => sayBytes(free), right: true },
      {
        title: 'CLOSED FOR',
        text: (rse) =>
          paint(
            'red',
            plural([
              !rse.availability_read && 'read',
              !rse.availability_write && 'write',
              !rse.availability_delete && 'delete',
            ]),
          ),
      },
    ],
    'There is no storage yet.',
  );
  for (const { closed_itself } of lake.rses) {
    if (closed_itself) await out.text(paint('red', closed_itself));
  }
  if (lake.links.length > 0) {
    await out.text('');
    await out.rows(
      lake.links,
      [
        { title: 'FROM', text: ({ source }) => source },
        { title: 'TO', text: ({ destination }) => destination },
        { title: 'MOVING', text: ({ active }) => sayCount(active), right: true },
        { title: 'DONE 15 min', text: ({ last_15m }) => sayCount(last_15m.done), right: true },
        { title: 'FAILED', text: ({ last_15m }) => sayCount(last_15m.failed), right: true },
        { title: 'DONE 1 h', text: ({ last_1h }) => sayCount(last_1h.done), right: true },
        { title: 'BYTES 1 h', text: ({ last_1h }) => sayBytes(last_1h.bytes), right: true },
      ],
      '',
    );
  }
  const silent = lake.daemons.filter(({ alive }) => !alive);
  const backlog = Object.entries(lake.backlog).filter(([, rows]) => rows > 0);
  await out.text('');
  await out.text(
    `${paint('bold', 'Daemons')}    ${silent.length === 0 ? `all ${lake.daemons.length} alive` : paint('red', `silent: ${silent.map(({ name, beat_at }) => (beat_at ? `${name} (for ${saySpan((Date.now() - Date.parse(beat_at)) / 1000)})` : name)).join(', ')}`)}`,
  );
  await out.text(
    `${paint('bold', 'Backlog')}    ${backlog.length === 0 ? 'none' : backlog.map(([queue, rows]) => `${queue} ${sayCount(rows)}`).join(', ')}`,
  );
};
