using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using PvTimer.ActorTime;
using PvTimer.Sharding.Launching;

namespace PvTimer.TestKit.Clusters;

/// <summary>How the nodes of a script's cluster exist.</summary>
public static class Nodes
{
    /// <summary>Names a pvtimer.dll, or an executable pvtimer, for <see cref="Processes"/>.</summary>
    public const string ProgramVariable = "PVTIMER_NODE";

    private const string Assembly = "pvtimer.dll";

    /// <summary>
    /// All in this process: quick to start, and they can be looked at in a debugger. They live by a clock of their own, see
    /// <see cref="InProcessCluster.Clock"/>.
    /// </summary>
    public static IScriptNodes InThisProcess() => new InProcessCluster();

    /// <summary>Each a process of this machine, "pvtimer node": can be killed and stopped by signals.</summary>
    /// <param name="program">
    /// A pvtimer.dll, or an executable pvtimer. Null: what the environment variable PVTIMER_NODE names, else
    /// the pvtimer.dll beside the test's assembly or in a folder above it.
    /// </param>
    /// <exception cref="ScriptException">There is none.</exception>
    public static IScriptNodes Processes(string? program = null) =>
        new ProcessCluster(
            ProgramOf(
                program,
                Environment.GetEnvironmentVariable(ProgramVariable),
                AppContext.BaseDirectory
            )
        );

    /// <param name="named">By the script; null: not.</param>
    /// <param name="variable">What <see cref="ProgramVariable"/> says; null: nothing.</param>
    /// <param name="folder">Where the test's assembly is.</param>
    private static NodeProgram ProgramOf(string? named, string? variable, string folder)
    {
        string? file = named ?? (string.IsNullOrEmpty(variable) ? null : variable);
        file ??= FoldersFrom(folder)
            .Select(each => Path.Combine(each, Assembly))
            .FirstOrDefault(File.Exists);
        if (file is null || !File.Exists(file))
        {
            string missing = file is null ? $"no {Assembly} in or above {folder}" : $"no {file}";
            throw new ScriptException(
                $"there is {missing}; accepted: a path given to {nameof(Processes)}(), or in {ProgramVariable}, or a {Assembly} beside the test's assembly or above it"
            );
        }
        return NodeProgram.Of(file);
    }

    private static IEnumerable<string> FoldersFrom(string folder)
    {
        for (DirectoryInfo? each = new(folder); each is not null; each = each.Parent)
        {
            yield return each.FullName;
        }
    }
}
