import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const replicas: Room = { name: 'replicas', routes };
