import { parseDate, type Rule, type RuleOptions } from '@leman/client';
import { Button, Group, Menu, Modal, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { lake, queries } from '../app/lake.ts';
import { useFocusBack } from '../app/use-focus-back.ts';
import { When } from '../parts/figures.tsx';
import { sayMany } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Problem } from '../parts/problem.tsx';

const refresh = () =>
  Promise.all(['rule', 'rules', 'explain'].map((key) => queries.invalidateQueries({ queryKey: [key] })));

/** Ends a rule. What becomes deletable is told first; a rule on many copies wants its data's name typed. */
const EndRule = ({ rule, close }: { rule: Rule; close: () => void }) => {
  useFocusBack();
  const [typed, setTyped] = useState('');
  const copies = rule.locks_ok_cnt + rule.locks_replicating_cnt + rule.locks_stuck_cnt;
  const end = useMutation({
    mutationFn: () => lake.rules.remove(rule.id),
    onSuccess: async () => {
      await refresh();
      notifications.show({ message: 'The rule will end. Until then it can be kept.' });
      close();
    },
  });
  return (
    <Modal opened onClose={close} title="End this rule">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          end.mutate();
        }}
      >
        <Text size="sm" mb="md">
          {sayMany(copies, 'copy', 'copies')} at {rule.rse_expression} will no longer be held by this rule.
          Those that no other rule wants become deletable. The rule ends after a pause, and can be kept until
          then.
        </Text>
        <TextInput
          label={`Type ${rule.name} to go on`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
          autoComplete="off"
        />
        {end.error ? <Problem title="The rule stays as it is." error={end.error} /> : null}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" color="red" disabled={typed !== rule.name} loading={end.isPending}>
            End the rule
          </Button>
        </Group>
      </form>
    </Modal>
  );
};

/** What can be done with a rule. */
export const RuleActions = ({ rule }: { rule: Rule }) => {
  const [ending, setEnding] = useState(false);
  const change = useMutation({
    mutationFn: ({ options }: { options: RuleOptions; said: string }) => lake.rules.update(rule.id, options),
    onSuccess: async (_answer, { said }) => {
      await refresh();
      notifications.show({ message: said });
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'Nothing was changed', message: error.message }),
  });
  const set = (options: RuleOptions, said: string) => change.mutate({ options, said });
  const end = parseDate(rule.expires_at);
  const soon = end && end.getTime() - Date.now() < 2 * 3_600_000;
  return (
    <>
      {soon ? (
        <>
          <span>
            ends <When at={end} />
          </span>
          <Button
            variant="default"
            onClick={() => set({ lifetime: null }, 'The rule stays.')}
            loading={change.isPending}
          >
            Keep it
          </Button>
        </>
      ) : null}
      {rule.state === 'WAITING_APPROVAL' ? (
        <>
          <Button onClick={() => set({ approve: true }, 'Approved.')}>Approve</Button>
          <Button variant="default" onClick={() => set({ approve: false }, 'Denied.')}>
            Deny
          </Button>
        </>
      ) : null}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button variant="default">Actions</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {rule.state !== 'OK' ? (
            <Menu.Item onClick={() => set({ boost_rule: true }, 'Its transfers are tried next.')}>
              Try now, before others
            </Menu.Item>
          ) : null}
          <Menu.Item onClick={() => set({ priority: 5 }, 'Priority 5 from now on.')}>
            Raise priority to 5
          </Menu.Item>
          <Menu.Item onClick={() => set({ lifetime: 2_592_000 }, 'Ends in 30 days.')}>
            End in 30 days
          </Menu.Item>
          {rule.expires_at ? (
            <Menu.Item onClick={() => set({ lifetime: null }, 'It stays for good.')}>Keep for good</Menu.Item>
          ) : null}
          <Menu.Divider />
          <Menu.Item
            leftSection={<Icon name="trash" size={14} />}
            color="var(--failed-ink)"
            disabled={rule.locked}
            onClick={() => setEnding(true)}
          >
            End this rule…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {ending ? <EndRule rule={rule} close={() => setEnding(false)} /> : null}
    </>
  );
};
