import { Button, Group, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { lake, queries } from '../app/lake.ts';
import { useFocusBack } from '../app/use-focus-back.ts';
import { Problem } from '../parts/problem.tsx';

const legal = /^[A-Za-z0-9][A-Za-z0-9._\-/]{0,249}$/;

/** Makes an empty dataset or container, and goes to it. */
export const NewDataset = ({ scope, close }: { scope: string; close: () => void }) => {
  useFocusBack();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [kind, setKind] = useState<'DATASET' | 'CONTAINER'>('DATASET');
  const make = useMutation({
    mutationFn: () => lake.dids.add({ scope, name }, kind),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['dids'] });
      await navigate({ to: '/data/$scope/$name', params: { scope, name } });
    },
  });
  const wrong = name !== '' && !legal.test(name);
  return (
    <Modal opened onClose={close} title={`New in ${scope}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <SegmentedControl
          fullWidth
          mb="md"
          aria-label="Kind"
          value={kind}
          onChange={(value) => setKind(value as 'DATASET' | 'CONTAINER')}
          data={[
            { value: 'DATASET', label: 'Dataset: holds files' },
            { value: 'CONTAINER', label: 'Container: holds datasets' },
          ]}
        />
        <TextInput
          label="Name"
          description="Letters, digits, . _ - and /. It can never be changed or used again."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={wrong ? 'Only letters, digits, . _ - and /, beginning with a letter or digit.' : undefined}
          data-autofocus
          required
          withAsterisk={false}
        />
        {make.error ? <Problem title="Not made." error={make.error} /> : null}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" disabled={!name || wrong} loading={make.isPending}>
            Make it
          </Button>
        </Group>
      </form>
    </Modal>
  );
};
