using System.CommandLine;

namespace PvTimer.Cli.Commands;

/// <summary>
/// pvtimer completion SHELL: prints what makes a shell complete commands and options. The shell's function asks
/// the program itself (`pvtimer "[suggest:POSITION]" "LINE"`), so that it always knows what the program does.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Completion of pvtimer for bash: source <(pvtimer completion bash)
        _pvtimer() {
            local word="${COMP_WORDS[COMP_CWORD]}" suggested
            suggested="$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)"
            # Options only where one was begun: what stands there else may be a file.
            [[ "$word" == -* ]] || suggested="$(grep -v '^[-/]' <<< "$suggested")"
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$suggested" -- "$word"))
        }
        complete -o default -F _pvtimer pvtimer

        """;

    private const string Zsh = """
        #compdef pvtimer
        # Completion of pvtimer for zsh: in a folder of $fpath as _pvtimer, or source <(pvtimer completion zsh)
        _pvtimer() {
            local -a suggested
            suggested=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            [[ "${words[CURRENT]}" == -* ]] || suggested=("${(@)suggested:#[-/]*}")
            compadd -a suggested || _files
        }
        if [[ "${funcstack[1]}" == "_pvtimer" ]]; then
            _pvtimer "$@"
        else
            compdef _pvtimer pvtimer
        fi

        """;

    private const string Fish = """
        # Completion of pvtimer for fish: in ~/.config/fish/completions/pvtimer.fish
        function __pvtimer_suggest
            set -l line (commandline -cp)
            set -l word (commandline -ct)
            set -l position (string length -- $line)
            set -l suggested (pvtimer "[suggest:$position]" "$line" 2>/dev/null)
            if not string match -q -- '-*' $word
                set suggested (string match -rv -- '^[-/]' $suggested)
            end
            printf '%s\n' $suggested
        end
        complete -c pvtimer -a '(__pvtimer_suggest)'

        """;

    public static Command Create(Session session)
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Command command = new(
            "completion",
            "Print what makes a shell complete commands and options"
        )
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            string script = parsed.GetValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => Fish,
            };
            session.Output.Write(script);
            return ExitCode.Done;
        });
        return command;
    }
}
