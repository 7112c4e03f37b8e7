import type { Room } from '../server/room.ts';
import { conveyorCanceler } from './conveyor-canceler.ts';
import { conveyorFinisher } from './conveyor-finisher.ts';
import { conveyorPoller } from './conveyor-poller.ts';
import { conveyorPreparer } from './conveyor-preparer.ts';
import { conveyorReceiver } from './conveyor-receiver.ts';
import { conveyorSubmitter } from './conveyor-submitter.ts';

export const conveyor: Room = {
  name: 'conveyor',
  daemons: (lake) => [
    conveyorPreparer(lake),
    conveyorSubmitter(lake),
    conveyorReceiver(lake),
    conveyorPoller(lake),
    conveyorFinisher(lake),
    conveyorCanceler(lake),
  ],
};
