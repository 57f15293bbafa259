using System;
using System.Globalization;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios;

/// <summary>A scenario with one more event, for what is commanded while it runs.</summary>
public static class ScenarioAmendment
{
    /// <param name="file">The scenario as it is, resolved.</param>
    /// <param name="happening">
    /// An event as a scenario has it: <c>{ migrate = "web-0", to = h2 }</c>. Without <c>at</c>, or with one that
    /// is earlier, it happens at <paramref name="earliest"/>.
    /// </param>
    /// <param name="earliest">How far the run has come: what happened before cannot be changed.</param>
    /// <param name="held">The scenario and its recordings, if they are not to be read from the disk.</param>
    /// <exception cref="ScenarioException">It is no event, or one that cannot happen.</exception>
    public static Scenario WithEvent(
        string file,
        string happening,
        VirtualDuration earliest,
        HeldFiles? held = null
    )
    {
        ArgumentNullException.ThrowIfNull(happening);
        int index = ScenarioReader.Read(file, [], held).Events.Length;
        string key = string.Create(CultureInfo.InvariantCulture, $"events.{index}");
        string add = $"{key}={happening}";
        string atEarliest = $"{key}.at={Units.Write(earliest)}";
        if (!SaysWhen(happening))
        {
            return ScenarioReader.Read(file, [add, atEarliest], held);
        }
        Scenario amended = ScenarioReader.Read(file, [add], held);
        return amended.Events[index].At < earliest
            ? ScenarioReader.Read(file, [add, atEarliest], held)
            : amended;
    }

    private static bool SaysWhen(string happening)
    {
        try
        {
            SourceObject read = SourceTree.Of(new HoconText("", $"it = {happening}", []));
            return read.Entries["it"] is SourceObject { Entries: { } keys }
                && keys.ContainsKey("at");
        }
        catch (ScenarioException)
        {
            // Said again, with what is read of it, when it becomes part of the scenario.
            return false;
        }
    }
}
