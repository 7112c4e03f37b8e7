import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const requests: Room = { name: 'requests', routes };
