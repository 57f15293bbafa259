using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using PvTimer.Model.Time;

namespace PvTimer.Tidy.Tests;

/// <summary>What the machine's room shows to the others.</summary>
public sealed class ModelSurfaceTests
{
    private const BindingFlags Everything =
        BindingFlags.Public
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly Assembly Model = typeof(VirtualTime).Assembly;

    private static IEnumerable<Type> PublicTypes =>
        Model.GetExportedTypes().Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)));

    [Fact]
    public void Public_type_says_what_it_is()
    {
        HashSet<string> documented = XDocument
            .Load(Path.Combine(AppContext.BaseDirectory, "PvTimer.Model.xml"))
            .Descendants("member")
            .Where(member => member.Value.Trim().Length > 0 || member.HasElements)
            .Select(member => (string)member.Attribute("name")!)
            .ToHashSet(StringComparer.Ordinal);
        Offenders.None(
            PublicTypes.Select(DocumentationName).Where(name => !documented.Contains(name))
        );
    }

    /// <summary>Floating point differs between platforms, and a result may not.</summary>
    [Fact]
    public void Public_signature_holds_no_floating_point() =>
        Offenders.None(
            PublicTypes
                .SelectMany(type => type.GetMembers(Everything))
                .Where(member => TypesOf(member).Any(HoldsFloatingPoint))
                .Select(member => $"{member.DeclaringType}.{member.Name}")
        );

    /// <summary>Wall time has no place in the machine: not even a span of it.</summary>
    [Fact]
    public void Public_signature_holds_no_wall_time() =>
        Offenders.None(
            PublicTypes
                .SelectMany(type => type.GetMembers(Everything))
                .Where(member => TypesOf(member).Any(IsWallTime))
                .Select(member => $"{member.DeclaringType}.{member.Name}")
        );

    private static string DocumentationName(Type type) => "T:" + type.FullName!.Replace('+', '.');

    private static IEnumerable<Type> TypesOf(MemberInfo member) =>
        member switch
        {
            MethodInfo method =>
            [
                method.ReturnType,
                .. method.GetParameters().Select(parameter => parameter.ParameterType),
            ],
            ConstructorInfo constructor => constructor
                .GetParameters()
                .Select(parameter => parameter.ParameterType),
            PropertyInfo property => [property.PropertyType],
            FieldInfo field => [field.FieldType],
            _ => [],
        };

    private static bool HoldsFloatingPoint(Type type) =>
        Holds(
            type,
            part => part == typeof(double) || part == typeof(float) || part == typeof(Half)
        );

    private static bool IsWallTime(Type type) =>
        Holds(
            type,
            part =>
                part == typeof(DateTime)
                || part == typeof(DateTimeOffset)
                || part == typeof(TimeSpan)
                || part == typeof(TimeProvider)
        );

    /// <summary>Looks through arrays, references and type arguments.</summary>
    private static bool Holds(Type type, Func<Type, bool> wanted) =>
        wanted(type)
        || (type.GetElementType() is { } element && Holds(element, wanted))
        || type.GetGenericArguments().Any(argument => Holds(argument, wanted));
}
