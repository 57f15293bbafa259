using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Exploring;

/// <summary>
/// What a run was, but for the order of steps that come to the same in any order: what each process has got, one after the
/// other. Two runs with the same trace are one to every actor.
/// </summary>
internal sealed class StepTrace
{
    private readonly SortedDictionary<string, Record> _of = new(StringComparer.Ordinal);
    private string _acting = "the script";

    /// <summary>A process begins a step.</summary>
    public void Begin(Process process) => _acting = process.Name;

    /// <summary>The step, or the script behind it, has put something up.</summary>
    public void Touched(Process target)
    {
        int number = Of(_acting).PutUp++;
        Of(target.Name).Got.Append(CultureInfo.InvariantCulture, $"{_acting}#{number};");
    }

    /// <summary>Of all of it.</summary>
    public string Hash()
    {
        string whole = string.Join('\n', _of.Select(each => $"{each.Key}: {each.Value.Got}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(whole)));
    }

    private Record Of(string name)
    {
        if (!_of.TryGetValue(name, out Record? of))
        {
            _of[name] = of = new Record();
        }
        return of;
    }

    /// <summary>How much a process has put up, and what it has got.</summary>
    private sealed class Record
    {
        public int PutUp { get; set; }

        public StringBuilder Got { get; } = new();
    }
}
