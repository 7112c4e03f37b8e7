import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const rses: Room = { name: 'rses', routes };
