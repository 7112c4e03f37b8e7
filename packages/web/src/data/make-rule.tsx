import { collect, type Did } from '@leman/client';
import { Autocomplete, Button, Drawer, Group, NumberInput, Select, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { lake, queries, statusQuery } from '../app/lake.ts';
import { useFocusBack } from '../app/use-focus-back.ts';
import { Problem } from '../parts/problem.tsx';
import { RulePlan } from './rule-plan.tsx';

const lifetimes = [
  { value: '', label: 'for good' },
  { value: '86400', label: 'for a day' },
  { value: '604800', label: 'for a week' },
  { value: '2592000', label: 'for 30 days' },
  { value: '31536000', label: 'for a year' },
];

/** Asks for copies: what, where, how long; the plan stands below before anything is done. */
export const MakeRule = ({ did, close }: { did: Did; close: () => void }) => {
  useFocusBack();
  const navigate = useNavigate();
  const [copies, setCopies] = useState(1);
  const [expression, setExpression] = useState('');
  const [lifetime, setLifetime] = useState('');
  const [comment, setComment] = useState('');
  const [wanted] = useDebouncedValue(expression.trim(), 250);
  const { data: status } = useQuery({ ...statusQuery, refetchInterval: false });
  const targets = useQuery({
    queryKey: ['expression', wanted],
    queryFn: () => collect(lake.rses.list(wanted), 500).then((rses) => rses.map(({ rse }) => rse)),
    enabled: wanted !== '',
  });
  const make = useMutation({
    mutationFn: () =>
      lake.rules.add({
        dids: [{ scope: did.scope, name: did.name }],
        copies,
        rse_expression: wanted,
        ...(lifetime ? { lifetime: Number(lifetime) } : {}),
        ...(comment.trim() ? { comment: comment.trim() } : {}),
      }),
    onSuccess: async ([id]) => {
      await queries.invalidateQueries({ queryKey: ['did-rules'] });
      if (id) await navigate({ to: '/rules/$id', params: { id } });
    },
  });
  const ready = wanted !== '' && targets.data !== undefined && targets.data.length >= copies;
  return (
    <Drawer opened onClose={close} position="right" size={460} title={`Ask for copies of ${did.name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
        style={{ display: 'grid', gap: 16 }}
      >
        <Group grow align="flex-start">
          <NumberInput
            label="Copies"
            min={1}
            max={20}
            allowDecimal={false}
            value={copies}
            onChange={(value) => setCopies(Math.max(1, Number(value) || 1))}
          />
          <Select
            label="How long"
            data={lifetimes}
            value={lifetime}
            onChange={(value) => setLifetime(value ?? '')}
            allowDeselect={false}
          />
        </Group>
        <Autocomplete
          label="Where"
          description="A storage, or an expression: QOS=SAFE, site=BETA|site=GAMMA, *\ALPHA-DISK (RSE expression)"
          placeholder="ALPHA-DISK"
          data={(status?.rses ?? []).map(({ rse }) => rse)}
          value={expression}
          onChange={setExpression}
          data-autofocus
          spellCheck={false}
        />
        <Textarea
          label="Why (kept with the rule)"
          autosize
          minRows={2}
          maxLength={250}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        {targets.error ? <Problem title="This expression does not work." error={targets.error} /> : null}
        {ready || (targets.data && wanted) ? (
          <RulePlan did={did} copies={copies} targets={targets.data ?? []} status={status} />
        ) : null}
        {make.error ? <Problem title="No rule was made." error={make.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" disabled={!ready} loading={make.isPending}>
            Make the rule
          </Button>
        </Group>
      </form>
    </Drawer>
  );
};
