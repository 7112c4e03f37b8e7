import type { Room } from '../server/room.ts';

export const replicas: Room = { name: 'replicas' };
