using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.TestKit.Properties;

/// <summary>Values as expressions in C#.</summary>
internal static class CodeText
{
    /// <summary>A number, a flag, an enumeration's word, a back-end, or a value of one of the model's units.</summary>
    public static string Of(object? value) =>
        value switch
        {
            null => "null",
            bool flag => flag ? "true" : "false",
            uint register => Text($"0x{register:x}"),
            VirtualDuration span => Span(span),
            TscFrequency tsc => Text($"TscFrequency.FromKilohertz({tsc.Kilohertz})"),
            DataSize size => Text($"new DataSize({size.Bytes})"),
            DataRate rate => Text($"new DataRate({rate.BitsPerSecond})"),
            TimerBackend backend => $"{nameof(TimerBackends)}.Of(\"{backend.Name}\")",
            Enum word => $"{word.GetType().Name}.{word}",
            _ => Text($"{value}"),
        };

    /// <summary>"new T { A = 1, B = 2 }", of a record's properties those that differ from the defaults.</summary>
    public static string New<T>(T value, T defaults, params IEnumerable<string> more)
    {
        IEnumerable<string> said = typeof(T)
            .GetProperties()
            .Where(property =>
                property.SetMethod is { IsStatic: false } && IsWord(property.PropertyType)
            )
            .Select(property =>
                (property.Name, Own: property.GetValue(value), Usual: property.GetValue(defaults))
            )
            .Where(each => !Equals(each.Own, each.Usual))
            .Select(each => $"{each.Name} = {Of(each.Own)}");
        string all = string.Join(", ", said.Concat(more));
        return all.Length == 0 ? $"new {typeof(T).Name}()" : $"new {typeof(T).Name} {{ {all} }}";
    }

    /// <summary>"250.Microseconds()": in the largest unit that it is a multiple of.</summary>
    public static string Span(VirtualDuration span)
    {
        long nanoseconds = span.Nanoseconds;
        (string unit, long size) =
            nanoseconds % 1_000_000 == 0 ? ("Milliseconds", 1_000_000)
            : nanoseconds % 1_000 == 0 ? ("Microseconds", 1_000)
            : ("Nanoseconds", 1L);
        return (nanoseconds / size) switch
        {
            0 => "VirtualDuration.Zero",
            < int.MinValue or > int.MaxValue => Text(
                $"VirtualDuration.FromNanoseconds({nanoseconds})"
            ),
            < 0 and var count => Text($"({count}).{unit}()"),
            var count => Text($"{count}.{unit}()"),
        };
    }

    public static string List(ImmutableArray<GuestInstruction> instructions) =>
        $"[{string.Join(", ", instructions.Select(Instruction))}]";

    /// <exception cref="NotSupportedException">Its behaviour is not written anywhere.</exception>
    public static string Guest(GuestDescription guest)
    {
        string made = guest switch
        {
            NanosleepGuest loop => $"new NanosleepGuest({Span(loop.Sleep)}, {Span(loop.Work)})",
            CyclictestGuest test =>
                $"new CyclictestGuest({Span(test.Period)}, {Of(test.Threads)}, {Span(test.Offset)}, {Span(test.Work)})",
            UniformGuest random =>
                $"new UniformGuest({Span(random.Shortest)}, {Span(random.Longest)})",
            ExponentialGuest random => $"new ExponentialGuest({Span(random.Mean)})",
            IdleGuest quiet => $"new IdleGuest({Span(quiet.Period)})",
            TickGuest tick =>
                $"new TickGuest({Of(tick.Hertz)}, {Of(tick.NoHz)}, {Span(tick.Work)})",
            LapicTimerGuest lapic =>
                $"new LapicTimerGuest({Span(lapic.Period)}, {Of(lapic.IsPeriodic)}, {Span(lapic.Work)})",
            TscDeadlineLatencyGuest latency => Text(
                $"new TscDeadlineLatencyGuest({latency.DeltaCycles})"
            ),
            TscDeadlineGuest loop => Text($"new TscDeadlineGuest({loop.AheadCycles})"),
            TcpRrGuest tcp =>
                $"new TcpRrGuest({Span(tcp.Response)}, {Span(tcp.Work)}, {Span(tcp.Send)}, {Of(tcp.Hertz)}, {Span(tcp.Retransmission)})",
            RedisLikeGuest redis =>
                $"new RedisLikeGuest({Span(redis.Interval)}, {Of(redis.IsPoisson)}, {Span(redis.Work)}, "
                    + $"{Span(redis.Send)}, {Span(redis.Cron)}, {Span(redis.CronWork)})",
            StormGuest storm =>
                $"new StormGuest({Span(storm.Distance)}, {Of(storm.Timers)}, {Span(storm.Pause)})",
            MixGuest mix => $"new MixGuest([{string.Join(", ", mix.Guests.Select(Guest))}])",
            CommandedGuest => "new CommandedGuest()",
            _ => throw new NotSupportedException($"a script has no words for {guest}"),
        };
        GuestIdle usual = guest is CommandedGuest or TscDeadlineGuest
            ? GuestIdle.Poll
            : GuestIdle.Halt;
        return guest.Idle == usual ? made : $"{made} {{ Idle = {Of(guest.Idle)} }}";
    }

    private static bool IsWord(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type).IsValueType || type == typeof(TimerBackend);

    private static string Instruction(GuestInstruction instruction) =>
        instruction.Kind switch
        {
            GuestInstructionKind.Program => $"GuestInstruction.Program({Span(instruction.Span)})",
            GuestInstructionKind.ProgramTsc => Text(
                $"GuestInstruction.ProgramTsc(new TscTicks({instruction.Value}))"
            ),
            GuestInstructionKind.WriteDeadline =>
                $"GuestInstruction.WriteDeadline({Span(instruction.Span)})",
            GuestInstructionKind.WriteMsr => Text(
                $"GuestInstruction.WriteMsr(0x{instruction.Msr:x}, {instruction.Value})"
            ),
            GuestInstructionKind.ReadMsr => Text(
                $"GuestInstruction.ReadMsr(0x{instruction.Msr:x})"
            ),
            GuestInstructionKind.Compute => $"GuestInstruction.Compute({Span(instruction.Span)})",
            _ => $"GuestInstruction.{instruction.Kind}",
        };

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
