using PvTimer.Model.Guests;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

internal static class TraceFile
{
    public static RecordedGuest Read(string path, Settings from) =>
        throw from.Error("file", $"cannot read '{path}'", "a trace");
}
