import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const traces: Room = { name: 'traces', routes };
