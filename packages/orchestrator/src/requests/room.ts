import type { Room } from '../server/room.ts';
import { historyCleaner } from './history-cleaner.ts';
import { routes } from './routes.ts';

export const requests: Room = { name: 'requests', routes, daemons: (lake) => [historyCleaner(lake)] };
