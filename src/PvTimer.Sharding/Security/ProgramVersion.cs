using System.Reflection;

namespace PvTimer.Sharding.Security;

/// <summary>What this program is: two builds of one commit are the same program, others are not.</summary>
internal static class ProgramVersion
{
    /// <summary>"0.1.0+COMMIT".</summary>
    public static string Text { get; } =
        typeof(ProgramVersion)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion
        ?? "unknown";
}
