import type { Command } from 'commander';
import { CommandError } from '../exit-codes.ts';

interface Entry {
  /** Words before: `rule add`; empty for the top. */
  path: string;
  commands: { name: string; description: string }[];
  options: { flag: string; description: string }[];
}

const entriesOf = (command: Command, path: string[] = []): Entry[] => [
  {
    path: path.join(' '),
    commands: command.commands.map((one) => ({ name: one.name(), description: one.description() })),
    options: command.options.flatMap(({ long, description }) => (long ? [{ flag: long, description }] : [])),
  },
  ...command.commands.flatMap((one) => entriesOf(one, [...path, one.name()])),
];

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const wordsOf = ({ commands, options }: Entry): string =>
  [...commands.map(({ name }) => name), ...options.map(({ flag }) => flag)].join(' ');

const bash = (entries: Entry[]): string => `# bash completion of leman: eval "$(leman completion bash)"
_leman() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) case "$path $word" in
${entries
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${quoted(path.includes(' ') ? path : ` ${path}`)}) path=${quoted(path)} ;;`)
  .join('\n')}
    esac ;; esac
  done
  local words=""
  case "$path" in
${entries.map((entry) => `    ${quoted(entry.path)}) words=${quoted(wordsOf(entry))} ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _leman leman
`;

const zsh = (entries: Entry[]): string => `#compdef leman
# zsh completion of leman: eval "$(leman completion zsh)"
_leman() {
  local path="" word
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    case "$word" in -*) ;; *) case "$path $word" in
${entries
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      ${quoted(path.includes(' ') ? path : ` ${path}`)}) path=${quoted(path)} ;;`)
  .join('\n')}
    esac ;; esac
  done
  local -a choices
  case "$path" in
${entries
  .map(({ path, commands, options }) => {
    const all = [
      ...commands.map(({ name, description }) => `${name}:${description.replaceAll(':', '\\:')}`),
      ...options.map(({ flag, description }) => `${flag}:${description.replaceAll(':', '\\:')}`),
    ];
    return `    ${quoted(path)}) choices=(${all.map(quoted).join(' ')}) ;;`;
  })
  .join('\n')}
  esac
  _describe 'leman' choices || _files
}
compdef _leman leman
`;

const fish = (entries: Entry[]): string => {
  const lines = ['# fish completion of leman: leman completion fish | source'];
  for (const { path, commands, options } of entries) {
    const words = path.split(' ').filter(Boolean);
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const here = commands.map(({ name }) => name).join(' ');
    const condition = [...seen, ...(here ? [`not __fish_seen_subcommand_from ${here}`] : [])].join('; and ');
    for (const { name, description } of commands) {
      lines.push(`complete -c leman -f -n ${quoted(condition)} -a ${name} -d ${quoted(description)}`);
    }
    for (const { flag, description } of options) {
      const when = condition ? `-n ${quoted(condition)} ` : '';
      lines.push(`complete -c leman ${when}-l ${flag.slice(2)} -d ${quoted(description)}`);
    }
  }
  return `${lines.join('\n')}\n`;
};

const shells: Record<string, (entries: Entry[]) => string> = { bash, zsh, fish };

/** The completion script of a shell, made from the commands there are. */
export const completion = (program: Command, shell: string): string => {
  const write = shells[shell];
  if (!write)
    throw new CommandError(
      'usage',
      `There is no completion for "${shell}". There is for bash, zsh and fish.`,
    );
  return write(entriesOf(program));
};
