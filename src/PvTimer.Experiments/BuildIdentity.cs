using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;

namespace PvTimer.Experiments;

/// <summary>What was run, on what: enough to get the same run again.</summary>
/// <param name="Version">The product's.</param>
/// <param name="Commit">Hexadecimal; "unknown" if it was not built from a repository.</param>
/// <param name="Dirty">The repository has changes that are not committed; null: not known.</param>
/// <param name="Sdk">The .NET SDK that built it.</param>
/// <param name="Runtime">The .NET runtime that runs it.</param>
/// <param name="Cpu">The processor's model.</param>
/// <param name="Cores">Logical CPUs that the process may use.</param>
public sealed record BuildIdentity(
    string Version,
    string Commit,
    bool? Dirty,
    string Sdk,
    string Runtime,
    string Cpu,
    int Cores
)
{
    public static BuildIdentity Current { get; } = Find();

    /// <summary>"0.1.0 (0123456789, with changes)".</summary>
    public override string ToString() => Name(Version, Commit, Dirty);

    internal static string Name(string version, string commit, bool? dirty) =>
        $"{version} ({(commit.Length > 10 ? commit[..10] : commit)}{(dirty == true ? ", with changes" : "")})";

    private static BuildIdentity Find()
    {
        Assembly assembly = typeof(BuildIdentity).Assembly;
        string informational =
            assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                ?.InformationalVersion
            ?? "0";
        string[] halves = informational.Split('+', 2);
        string sdk = assembly
            .GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(metadata => metadata.Key == "SdkVersion")
            .Value!;
        return new BuildIdentity(
            halves[0],
            halves.Length > 1 ? halves[1] : "unknown",
            HasChanges(),
            sdk,
            RuntimeInformation.FrameworkDescription,
            CpuModel(),
            Environment.ProcessorCount
        );
    }

    /// <summary>Asks git about the tree that this was built in; null if there is none, or no git.</summary>
    private static bool? HasChanges()
    {
        try
        {
            ProcessStartInfo start = new(
                "git",
                ["-C", AppContext.BaseDirectory, "status", "--porcelain", "--untracked-files=no"]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            using Process? git = Process.Start(start);
            if (git is null)
            {
                return null;
            }
            string changes = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? changes.Length > 0 : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string CpuModel()
    {
        const string CpuInfo = "/proc/cpuinfo";
        IEnumerable<string> lines = File.Exists(CpuInfo) ? File.ReadLines(CpuInfo) : [];
        string? model = lines.FirstOrDefault(line =>
            line.StartsWith("model name", StringComparison.Ordinal)
        );
        return model?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
