import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const heartbeats: Room = { name: 'heartbeats', routes };
