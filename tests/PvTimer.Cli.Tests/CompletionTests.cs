using System;
using System.Diagnostics;
using System.IO;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer completion: what a shell is told, and that bash completes with it.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Theory]
    [InlineData("bash", "complete -o default -F _pvtimer pvtimer")]
    [InlineData("zsh", "#compdef pvtimer")]
    [InlineData("fish", "complete -c pvtimer")]
    public void Script_of_each_shell_asks_the_program(string shell, string said)
    {
        _pvtimer.Succeed("completion", shell);
        Assert.Contains(said, _pvtimer.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", _pvtimer.Output, StringComparison.Ordinal);
        Assert.Empty(_pvtimer.Error);
    }

    [Theory]
    [InlineData("pvtimer ru", "run")]
    [InlineData("pvtimer run --s", "--seed --set")]
    [InlineData("pvtimer run x.conf --engine ", "actors sequential")]
    [InlineData("pvtimer trace in", "inspect")]
    [InlineData("pvtimer completion ", "bash fish zsh")]
    [InlineData("pvtimer run short", "")]
    public void Bash_completes_commands_options_and_values(string line, string expected)
    {
        string script = Path.Combine(_pvtimer.Folder, "try.bash");
        _pvtimer.Succeed("completion", "bash");
        NodeProgram program = NodeProgram.Own(typeof(Program).Assembly.Location);
        File.WriteAllText(
            script,
            $$"""
            pvtimer() { "{{program.File}}" {{string.Join(' ', program.Arguments)}} "$@"; }
            {{_pvtimer.Output}}
            COMP_LINE="$1"
            COMP_POINT=${#COMP_LINE}
            read -ra COMP_WORDS <<< "$1"
            [[ "$1" == *' ' ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _pvtimer
            echo "${COMPREPLY[*]}"
            """
        );
        using ChildProcess bashChild = ChildProcess.Start(
            new ProcessStartInfo("bash", [script, line])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            }
        );
        Process bash = bashChild.Process;
        string completed = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();

        Assert.Equal(expected, completed.Trim());
    }
}
