import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { lake, queries } from '../app/lake.ts';
import { useFocusBack } from '../app/use-focus-back.ts';
import { Problem } from '../parts/problem.tsx';

const legal = /^[A-Za-z0-9][A-Za-z0-9._-]{0,24}$/;

/** Makes a scope of the person's own account, and goes to it. */
export const NewScope = ({ account, close }: { account: string; close: () => void }) => {
  useFocusBack();
  const navigate = useNavigate();
  const [scope, setScope] = useState('');
  const make = useMutation({
    mutationFn: () => lake.scopes.add(account, scope),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['scopes'] });
      await navigate({ to: '/data/$scope', params: { scope } });
    },
  });
  const wrong = scope !== '' && !legal.test(scope);
  return (
    <Modal opened onClose={close} title="New scope">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <TextInput
          label="Name"
          description={`Every name begins with its scope, as in SCOPE:run7. It will belong to ${account}.`}
          value={scope}
          onChange={(event) => setScope(event.currentTarget.value)}
          error={wrong ? 'Up to 25 letters, digits, . _ and -, beginning with a letter or digit.' : undefined}
          data-autofocus
          required
          withAsterisk={false}
          spellCheck={false}
        />
        {make.error ? <Problem title="Not made." error={make.error} /> : null}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" disabled={!scope || wrong} loading={make.isPending}>
            Make it
          </Button>
        </Group>
      </form>
    </Modal>
  );
};
