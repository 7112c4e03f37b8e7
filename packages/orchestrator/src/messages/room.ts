import type { Room } from '../server/room.ts';
import { hermes } from './hermes.ts';
import { routes } from './routes.ts';

export const messages: Room = { name: 'messages', routes, daemons: (lake) => [hermes(lake)] };
