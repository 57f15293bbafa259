using System;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Messages;

/// <summary>Every message of the machine has a binary form that says all of it.</summary>
public class MessageCodecTests
{
    private const int Samples = 200;

    public static TheoryData<Type> Kinds =>
        [
            .. typeof(Message)
                .Assembly.GetTypes()
                .Where(type => type.IsSubclassOf(typeof(Message)) && !type.IsAbstract),
        ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Message_comes_back_equal(Type kind)
    {
        Random random = new(11);
        StateWriter writer = new();
        for (int sample = 0; sample < Samples; sample++)
        {
            var message = (Message)Create(kind, random);
            writer.Clear();
            MessageCodec.Write(writer, message);
            StateReader reader = new(writer.ToArray());
            Message read = MessageCodec.Read(reader);
            reader.ExpectEnd();
            Assert.Equivalent(message, read, strict: true);
            Assert.Equal(DigestOf(message), DigestOf(read));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Message_that_ends_too_early_is_refused(Type kind)
    {
        StateWriter writer = new();
        MessageCodec.Write(writer, (Message)Create(kind, new Random(12)));
        for (int length = 0; length < writer.Length; length++)
        {
            byte[] cut = writer.Written[..length].ToArray();
            Assert.Throws<StateFormatException>(() => MessageCodec.Read(new StateReader(cut)));
        }
    }

    [Fact]
    public void Unknown_kind_is_refused_by_its_number()
    {
        var refusal = Assert.Throws<StateFormatException>(() =>
            MessageCodec.Read(new StateReader(new byte[] { 255 }))
        );
        Assert.Equal("255 is no kind of message", refusal.What);
    }

    [Fact]
    public void Message_from_outside_the_machine_has_no_binary_form() =>
        Assert.Throws<ArgumentException>(() =>
            MessageCodec.Write(new StateWriter(), new Foreign())
        );

    private sealed record Foreign : Message
    {
        public override void AddTo(ref TraceDigest digest) => digest.Add(1L);
    }

    private static ulong DigestOf(Message message)
    {
        TraceDigest digest = default;
        message.AddTo(ref digest);
        return digest.Value;
    }

    /// <summary>A value of any type that messages are made of, through its longest constructor.</summary>
    private static object Create(Type type, Random random)
    {
        if (type.IsEnum)
        {
            Array values = Enum.GetValues(type);
            return values.GetValue(random.Next(values.Length))!;
        }
        return Simple(type, random) ?? Construct(type, random);
    }

    private static object? Simple(Type type, Random random) =>
        type == typeof(bool) ? random.Next(2) == 0
        : type == typeof(byte) ? (byte)random.Next(256)
        : type == typeof(int) ? random.Next()
        : type == typeof(uint) ? (uint)(Bits(random) & uint.MaxValue)
        : type == typeof(long) ? (long)(Bits(random) >> 1)
        : type == typeof(ulong) ? Bits(random)
        : type == typeof(VirtualTime) ? VirtualTime.FromNanoseconds((long)(Bits(random) >> 1))
        : type == typeof(VirtualDuration)
            ? VirtualDuration.FromNanoseconds((long)(Bits(random) >> 1) - (1L << 40))
        : type == typeof(ImmutableArray<EntityId>)
            ? Enumerable
                .Range(0, random.Next(4))
                .Select(_ => new EntityId(random.Next()))
                .ToImmutableArray()
        : type == typeof(ImmutableArray<GuestInstruction>) ? Instructions(random)
        : type == typeof(TscFrequency) ? TscFrequency.FromKilohertz(random.Next(1, 100_000_000))
        : type == typeof(ImmutableArray<byte>) ? Bytes(random)
        : type == typeof(ImmutableArray<ImmutableArray<byte>>)
            ? Enumerable.Range(0, random.Next(4)).Select(_ => Bytes(random)).ToImmutableArray()
        : null;

    private static ImmutableArray<byte> Bytes(Random random)
    {
        var bytes = new byte[random.Next(40)];
        random.NextBytes(bytes);
        return [.. bytes];
    }

    private static ImmutableArray<GuestInstruction> Instructions(Random random) =>
        [
            .. Enumerable
                .Range(0, random.Next(5))
                .Select(_ =>
                    random.Next(4) switch
                    {
                        0 => GuestInstruction.Halt,
                        1 => GuestInstruction.WriteMsr((uint)random.Next(), Bits(random)),
                        2 => GuestInstruction.ProgramTsc(new TscTicks(Bits(random))),
                        _ => GuestInstruction.Program(
                            VirtualDuration.FromNanoseconds((long)(Bits(random) >> 1))
                        ),
                    }
                ),
        ];

    /// <summary>Numbers of every length.</summary>
    private static ulong Bits(Random random) =>
        (ulong)random.NextInt64() >> random.Next(1, 63) << random.Next(2);

    private static object Construct(Type type, Random random)
    {
        ConstructorInfo constructor = type.GetConstructors()
            .OrderByDescending(candidate => candidate.GetParameters().Length)
            .First();
        ParameterInfo[] parameters = constructor.GetParameters();
        object created = constructor.Invoke([
            .. parameters.Select(parameter => Argument(parameter, random)),
        ]);
        foreach (PropertyInfo property in type.GetProperties().Where(p => p.CanWrite))
        {
            if (parameters.All(parameter => parameter.Name != property.Name))
            {
                property.SetValue(created, Create(property.PropertyType, random));
            }
        }
        return created;
    }

    private static object? Argument(ParameterInfo parameter, Random random)
    {
        Type type = parameter.ParameterType;
        Type? value = Nullable.GetUnderlyingType(type);
        bool mayBeMissing =
            value is not null
            || (
                !type.IsValueType
                && new NullabilityInfoContext().Create(parameter).WriteState
                    == NullabilityState.Nullable
            );
        return mayBeMissing && random.Next(3) == 0 ? null : Create(value ?? type, random);
    }
}
