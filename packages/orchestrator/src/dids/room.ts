import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const dids: Room = { name: 'dids', routes };
