import type { Room } from '../server/room.ts';

export const traces: Room = { name: 'traces' };
