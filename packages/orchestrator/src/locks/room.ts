import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const locks: Room = { name: 'locks', routes };
