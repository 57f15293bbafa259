using System;
using System.Globalization;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Scenarios;

/// <summary>A commanded guest's instruction as it stands in a scenario: "program 50us".</summary>
public static class InstructionText
{
    /// <summary>What is accepted, for error messages.</summary>
    public const string Forms =
        "program 50us, program-tsc 123456, disarm, write-deadline 50us, write-msr 0x6e0 5, read-msr 0x6e0, "
        + "compute 10us, halt, wait; spans of at most 31536000s (365 days), IPIs of delivery mode fixed, lowest "
        + "priority, NMI, INIT and start-up";

    /// <summary>Reads one; false if it is no instruction.</summary>
    public static bool TryParse(string text, out GuestInstruction instruction)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        GuestInstruction? read = words switch
        {
            ["halt"] => GuestInstruction.Halt,
            ["wait"] => GuestInstruction.Wait,
            ["disarm"] => GuestInstruction.ProgramTsc(TscTicks.Zero),
            ["program-tsc", var tsc] when TryNumber(tsc, out ulong value) =>
                GuestInstruction.ProgramTsc(new TscTicks(value)),
            ["read-msr", var msr] when TryNumber(msr, out ulong index) && index <= uint.MaxValue =>
                GuestInstruction.ReadMsr((uint)index),
            ["write-msr", var msr, var value]
                when TryNumber(msr, out ulong index)
                    && index <= uint.MaxValue
                    && TryNumber(value, out ulong number)
                    && GuestInstruction.IsModelled((uint)index, number) =>
                GuestInstruction.WriteMsr((uint)index, number),
            [var verb, .. var span]
                when Units.TryParseSpan(string.Join(' ', span), out var length)
                    && length <= Bounds.LongestSpan
                    && length >= VirtualDuration.Zero - Bounds.LongestSpan => Spanning(
                verb,
                length
            ),
            _ => null,
        };
        instruction = read ?? default;
        return read is not null;
    }

    /// <summary>Whether reading what is written of it gives it again.</summary>
    public static bool CanSay(GuestInstruction instruction) =>
        instruction.Kind switch
        {
            GuestInstructionKind.Compute => instruction.Span >= VirtualDuration.Zero
                && instruction.Span <= Bounds.LongestSpan,
            GuestInstructionKind.Program or GuestInstructionKind.WriteDeadline => instruction.Span
                <= Bounds.LongestSpan
                && instruction.Span >= VirtualDuration.Zero - Bounds.LongestSpan,
            GuestInstructionKind.WriteMsr => GuestInstruction.IsModelled(
                instruction.Msr,
                instruction.Value
            ),
            _ => true,
        };

    /// <summary>Why a text that was not read is no instruction.</summary>
    internal static string WhyNone(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["write-msr", var msr, var value]
        && TryNumber(msr, out ulong index)
        && index <= uint.MaxValue
        && TryNumber(value, out ulong number)
        && !GuestInstruction.IsModelled((uint)index, number)
            ? $"sends an IPI of delivery mode {(number >> 8) & 7}, which the machine does not have"
            : "is no instruction";

    /// <summary>Reading it again gives the same instruction.</summary>
    public static string Write(GuestInstruction instruction) =>
        instruction.Kind switch
        {
            GuestInstructionKind.Program => $"program {Units.Write(instruction.Span)}",
            GuestInstructionKind.ProgramTsc when instruction.Value == 0 => "disarm",
            GuestInstructionKind.ProgramTsc => Text($"program-tsc {instruction.Value}"),
            GuestInstructionKind.WriteDeadline => $"write-deadline {Units.Write(instruction.Span)}",
            GuestInstructionKind.WriteMsr => Text(
                $"write-msr 0x{instruction.Msr:x} {instruction.Value}"
            ),
            GuestInstructionKind.ReadMsr => Text($"read-msr 0x{instruction.Msr:x}"),
            GuestInstructionKind.Compute => $"compute {Units.Write(instruction.Span)}",
            GuestInstructionKind.Halt => "halt",
            GuestInstructionKind.Wait => "wait",
            _ => throw new ArgumentOutOfRangeException(nameof(instruction)),
        };

    /// <summary>Reads "1760" or "0x6e0".</summary>
    internal static bool TryNumber(string text, out ulong number) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(
                text.AsSpan(2),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out number
            )
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static GuestInstruction? Spanning(string verb, VirtualDuration span) =>
        verb switch
        {
            "program" => GuestInstruction.Program(span),
            "write-deadline" => GuestInstruction.WriteDeadline(span),
            "compute" when span >= VirtualDuration.Zero => GuestInstruction.Compute(span),
            _ => null,
        };

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
