import type { Room } from '../server/room.ts';

export const conveyor: Room = { name: 'conveyor' };
