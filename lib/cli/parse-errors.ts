import type { CommanderError, CommandUnknownOpts } from '@commander-js/extra-typings';

/**
 * Describes a parse error of commander in the words of the command line: the rule, the received value and alternatives.
 *
 * @param command the command that was being parsed
 */
export function explainParseError(command: CommandUnknownOpts, { code, message }: CommanderError): string {
  const [problem = '', ...suggestion] = message.replace(/^error: /, '').split('\n');
  const withSuggestion = (text: string) => [text, ...suggestion].join('\n');
  switch (code) {
    case 'commander.unknownCommand':
      return withSuggestion(`there is no command '${command.args[0]}'; there are ${namesOf(command)}`);
    case 'commander.excessArguments':
      return explainExcess(command);
    case 'commander.missingArgument':
      return `${command.registeredArguments[command.args.length]?.name()} is missing`;
    case 'commander.missingMandatoryOptionValue':
      return `${missingOption(command)} is missing`;
    case 'commander.unknownOption':
      return withSuggestion(explainUnknownOption(command, problem));
    case 'commander.invalidArgument': {
      const [, value, name, choices] =
        /argument value '(.*)' is invalid for argument '(.*)'. Allowed choices are (.*)\.$/.exec(problem) ?? [];
      return choices === undefined ? withSuggestion(problem) : `${name}: must be one of ${choices}, got '${value}'`;
    }
    case 'commander.conflictingOption': {
      const [first, second] = [...problem.matchAll(/option '(--[\w-]+)/g)].map(([, flag]) => flag);
      return `${first} and ${second} exclude each other`;
    }
    default:
      return withSuggestion(problem);
  }
}

const namesOf = (command: CommandUnknownOpts): string =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((subcommand) => subcommand.name())
    .filter((name) => name !== 'help')
    .join(', ');

function explainExcess(command: CommandUnknownOpts): string {
  const { parent, args, registeredArguments } = command;
  // The default subcommand received a word that is no subcommand.
  if (parent?.parent && parent.args[0] !== command.name()) {
    return `there is no ${parent.name()} ${args[0]}; there are ${namesOf(parent)}`;
  }
  const [argument] = registeredArguments;
  if (argument) return `only one ${argument.name()} at a time, got ${args.length}`;
  return `takes no arguments, got '${args.join(' ')}'`;
}

/** The first mandatory option without a value, as it is written: `-f <file>`. */
function missingOption(command: CommandUnknownOpts): string {
  const values = command.opts();
  const option = command.options.find((one) => one.mandatory && values[one.attributeName()] === undefined);
  return option?.flags.replace(/^(-\w), --[\w-]+/, '$1') ?? 'an option';
}

/** Names the sibling commands that have the option, if there are any. */
function explainUnknownOption(command: CommandUnknownOpts, problem: string): string {
  const [, flag = ''] = /'(-[^'=]*)/.exec(problem) ?? [];
  const { parent } = command;
  const findOption = ({ options }: CommandUnknownOpts) =>
    options.find(({ short, long }) => short === flag || long === flag);
  const owners = (parent?.parent ? parent.commands : []).filter(findOption);
  const [owner] = owners;
  if (!parent || !owner) return `Unknown option '${flag}'`;
  const names = owners.map((sibling) => `${parent.name()} ${sibling.name()}`).join(', ');
  return `${findOption(owner)?.long ?? flag} is not for ${parent.name()} ${command.name()}; it is for ${names}`;
}
