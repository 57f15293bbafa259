using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using PvTimer.Model.Backends;
using PvTimer.Model.Msrs;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Properties;

/// <summary>
/// The LAPIC's registers beside a model of them, written from Intel's SDM (volume 3A, chapter 12) and not from the emulator:
/// whatever is written in whatever order, RDMSR gives what the model holds (CsCheck).
/// </summary>
public sealed class RegisterModelSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    private const ulong Masked = 1 << 16;
    private const ulong SoftwareEnable = 1 << 8;

    private static readonly uint[] LocalVectors =
    [
        MsrIndex.X2ApicLvtTimer,
        MsrIndex.X2ApicLvtThermal,
        MsrIndex.X2ApicLvtPerformanceCounters,
        MsrIndex.X2ApicLvtLint0,
        MsrIndex.X2ApicLvtLint1,
        MsrIndex.X2ApicLvtError,
    ];

    private static readonly uint[] Looked =
    [
        .. LocalVectors,
        MsrIndex.X2ApicTpr,
        MsrIndex.X2ApicSpuriousVector,
        MsrIndex.X2ApicInitialCount,
        MsrIndex.X2ApicDivideConfiguration,
        MsrIndex.Ia32TscDeadline,
    ];

    private static readonly Gen<ulong> Vectors = Gen.Int[0x20, 0xfe]
        .Select(vector => (ulong)vector);

    private static readonly (uint Msr, ulong Value)[] Begin =
    [
        (MsrIndex.X2ApicSpuriousVector, 0xff | SoftwareEnable),
        .. LocalVectors.Select(msr => (msr, Masked)),
        (MsrIndex.X2ApicTpr, 0),
        (MsrIndex.X2ApicInitialCount, 0),
        (MsrIndex.X2ApicDivideConfiguration, 0),
    ];

    /// <summary>What may be written: reserved bits are another test's.</summary>
    private static readonly Gen<(uint Msr, ulong Value)> Writes = Gen.OneOf(
        Gen.Select(
            Gen.Int[0, LocalVectors.Length - 1],
            Vectors,
            Gen.Bool,
            (index, vector, masked) => (LocalVectors[index], vector | (masked ? Masked : 0))
        ),
        // One-shot, periodic, TSC deadline; masked, so that nothing but the script changes a register.
        Gen.Select(
            Vectors,
            Gen.Int[0, 2],
            (vector, mode) => (MsrIndex.X2ApicLvtTimer, vector | Masked | ((ulong)mode << 17))
        ),
        Gen.Int[0, 15].Select(priority => (MsrIndex.X2ApicTpr, (ulong)priority << 4)),
        Gen.Select(
            Vectors,
            Gen.Bool,
            (vector, enabled) =>
                (MsrIndex.X2ApicSpuriousVector, vector | (enabled ? SoftwareEnable : 0))
        ),
        Gen.UInt[0, uint.MaxValue].Select(count => (MsrIndex.X2ApicInitialCount, (ulong)count)),
        Gen.Int[0, 7]
            .Select(divide =>
                (MsrIndex.X2ApicDivideConfiguration, (ulong)((divide & 3) | ((divide & 4) << 1)))
            )
    );

    [Fact]
    public void Registers_hold_what_the_manual_says_after_any_writes() =>
        Gen.Const(0)
            .Select(_ =>
            {
                Anew();
                Written written = new(Host(backend: TimerBackends.Hrtimer).Vcpu(0).Guest);
                Registers registers = new();
                // From here on it is another kernel's: a state that all registers are in.
                foreach ((uint msr, ulong value) in Begin)
                {
                    written.Write(msr, value);
                    registers.Write(msr, value);
                }
                return (written, registers);
            })
            .SampleModelBased(
                GenOperation.Create<Written, Registers, (uint Msr, ulong Value)>(
                    Writes,
                    write => $"{write.Msr:x} := {write.Value:x}",
                    (written, write) => written.Write(write.Msr, write.Value),
                    (registers, write) => registers.Write(write.Msr, write.Value)
                ),
                equal: (written, registers) => written.Read() == $"{registers}",
                iter: 400,
                threads: 1
            );

    private static string Said(Func<uint, ulong> value) =>
        string.Join(", ", Looked.Select(msr => $"{msr:x}={value(msr):x}"));

    /// <summary>A guest that writes and reads them.</summary>
    private sealed class Written(GuestHandle guest)
    {
        private string _read = "";

        public void Write(uint msr, ulong value) => guest.WriteMsr(msr, value);

        public string Read()
        {
            foreach (uint msr in Looked)
            {
                guest.ReadMsr(msr);
            }
            return _read = Said(msr => guest.ExpectMsrRead(msr));
        }

        /// <summary>As they were read last: a failure is told when the machine is gone.</summary>
        public override string ToString() => _read;
    }

    /// <summary>What each register holds.</summary>
    private sealed class Registers
    {
        private readonly Dictionary<uint, ulong> _values = Looked.ToDictionary(
            msr => msr,
            _ => 0UL
        );

        public ulong this[uint msr] => _values[msr];

        public override string ToString() => Said(msr => _values[msr]);

        private bool IsEnabled => (_values[MsrIndex.X2ApicSpuriousVector] & SoftwareEnable) != 0;

        public void Write(uint msr, ulong value)
        {
            switch (msr)
            {
                case MsrIndex.X2ApicSpuriousVector:
                    _values[msr] = value;
                    if (!IsEnabled)
                    {
                        // 12.4.7.2: the mask bits of all entries are set, and cannot be reset.
                        foreach (uint each in LocalVectors)
                        {
                            _values[each] |= Masked;
                        }
                    }
                    break;
                case MsrIndex.X2ApicInitialCount when Mode == 2:
                    // 12.5.4.1: writes are ignored in TSC-deadline mode.
                    break;
                case MsrIndex.X2ApicLvtTimer:
                    bool wasDeadline = Mode == 2;
                    _values[msr] = value | (IsEnabled ? 0 : Masked);
                    if (wasDeadline != (Mode == 2))
                    {
                        // 12.5.4.1: a change between TSC-deadline mode and the others disarms the timer.
                        _values[MsrIndex.X2ApicInitialCount] = 0;
                    }
                    break;
                default:
                    _values[msr] = LocalVectors.Contains(msr)
                        ? value | (IsEnabled ? 0 : Masked)
                        : value;
                    break;
            }
        }

        private ulong Mode => (_values[MsrIndex.X2ApicLvtTimer] >> 17) & 3;
    }
}
