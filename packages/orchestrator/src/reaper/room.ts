import type { Room } from '../server/room.ts';
import { reaper as reaperDaemon } from './reaper.ts';
import { routes } from './routes.ts';

export const reaper: Room = { name: 'reaper', routes, daemons: (lake) => [reaperDaemon(lake)] };
