import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const recovery: Room = { name: 'recovery', routes };
