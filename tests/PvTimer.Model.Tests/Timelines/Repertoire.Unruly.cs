using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Timelines;

/// <content>Guests that do anything, on either back-end and with each flaw of the series.</content>
internal static partial class Repertoire
{
    private static readonly Dictionary<string, Func<MachineDescription>> s_unruly = Unruly();

    private static Dictionary<string, Func<MachineDescription>> Unruly()
    {
        Dictionary<string, Func<MachineDescription>> machines = new(StringComparer.Ordinal)
        {
            ["unruly-hrtimer"] = () => Unruly(s_hrtimer),
            ["unruly-pvtimer"] = () => Unruly(s_pvTimer),
            ["unruly-as-posted"] = () =>
                Unruly(s_pvTimer with { PvTimer = PvTimerParameters.AsPosted }),
        };
        foreach (PropertyInfo flaw in typeof(PvTimerFlaws).GetProperties().Where(p => p.CanWrite))
        {
            PvTimerFlaws flaws = new();
            flaw.SetValue(flaws, true);
            PvTimerParameters parameters = new()
            {
                Variant = PvTimerVariant.AsPosted,
                Flaws = flaws,
            };
            machines[$"unruly-{flaw.Name}"] = () => Unruly(s_pvTimer with { PvTimer = parameters });
        }
        return machines;
    }

    /// <summary>Three vCPUs on two pCPUs that move now and then, with an advance and the preemption timer.</summary>
    private static MachineDescription Unruly(TestMachine machine) =>
        (
            machine with
            {
                Pcpus = [0, 1, 1],
                MoveEvery = Us(900),
                TimerAdvance = Us(2),
                HvTimer = true,
                HaltPoll = Us(60),
                Duration = VirtualDuration.FromMilliseconds(8),
                EoiExitVectors = [0x41],
            }
        ).Describe(new ProgrammedGuest(seat => new UnrulyProgram(seat)), vcpus: 3);
}
