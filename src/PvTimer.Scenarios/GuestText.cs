using System;
using System.Globalization;
using System.Linq;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;

namespace PvTimer.Scenarios;

/// <summary>Writes a guest's section, every default said.</summary>
internal static class GuestText
{
    public static string Write(VmSettings vm) => Write(vm.Guest, vm);

    private static string Write(GuestDescription guest, VmSettings vm) =>
        guest switch
        {
            TraceGuest trace =>
                $"type = trace, file = {ScenarioWriter.Quoted(vm.TraceFile!)}, replay = "
                    + (trace.Mode == ReplayMode.OpenLoop ? "open-loop" : "closed-loop")
                    + Choice(vm.TraceChoice),
            IdleGuest idle => $"type = idle, period = {Units.Write(idle.Period)}",
            TickGuest tick => Text(
                $"type = tick, hz = {tick.Hertz}, no-hz = {KebabCase.Of(tick.NoHz.ToString())}, "
            ) + $"work = {Units.Write(tick.Work)}",
            CyclictestGuest test => Text(
                $"type = cyclictest, period = {Units.Write(test.Period)}, threads = {test.Threads}, "
            ) + $"offset = {Units.Write(test.Offset)}, work = {Units.Write(test.Work)}",
            NanosleepGuest loop =>
                $"type = nanosleep, sleep = {Units.Write(loop.Sleep)}, work = {Units.Write(loop.Work)}",
            ExponentialGuest random => $"type = exponential, mean = {Units.Write(random.Mean)}",
            CommandedGuest => "type = commanded",
            LapicTimerGuest lapic =>
                $"type = lapic-timer, mode = {(lapic.IsPeriodic ? "periodic" : "one-shot")}, "
                    + $"period = {Units.Write(lapic.Period)}, work = {Units.Write(lapic.Work)}",
            UniformGuest random => $"type = uniform, shortest = {Units.Write(random.Shortest)}, "
                + $"longest = {Units.Write(random.Longest)}",
            TscDeadlineLatencyGuest latency => Text(
                $"type = tscdeadline-latency, delta = {latency.DeltaCycles}cycles"
            ),
            TscDeadlineGuest loop => Text($"type = tscdeadline, ahead = {loop.AheadCycles}cycles"),
            TcpRrGuest tcp => $"type = tcp-rr, response = {Units.Write(tcp.Response)}, "
                + $"work = {Units.Write(tcp.Work)}, send = {Units.Write(tcp.Send)}, "
                + Text($"hz = {tcp.Hertz}, rto = {Units.Write(tcp.Retransmission)}"),
            RedisLikeGuest redis => $"type = redis-like, interval = {Units.Write(redis.Interval)}, "
                + $"arrivals = {(redis.IsPoisson ? "exponential" : "fixed")}, "
                + $"work = {Units.Write(redis.Work)}, send = {Units.Write(redis.Send)}, "
                + $"cron = {Units.Write(redis.Cron)}, cron-work = {Units.Write(redis.CronWork)}",
            StormGuest storm => $"type = storm, distance = {Units.Write(storm.Distance)}, "
                + Text($"timers = {storm.Timers}, pause = {Units.Write(storm.Pause)}"),
            MixGuest mix =>
                $"type = mix, guests = [{string.Join(", ", mix.Guests.Select(part => $"{{ {Write(part, vm)} }}"))}]",
            _ => throw new ArgumentOutOfRangeException(nameof(guest)),
        };

    private static string Choice(TraceChoice choice) =>
        (choice.Side is { } side ? $", side = {(side == TraceSide.Host ? "host" : "guest")}" : "")
        + (choice.Vm is { } vm ? $", vm = {ScenarioWriter.Quoted(vm)}" : "")
        + (choice.TscOffset is { } offset ? Text($", tsc-offset = {offset}cycles") : "");

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
