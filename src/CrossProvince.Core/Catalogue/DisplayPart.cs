namespace CrossProvince.Core.Catalogue;

/// <summary>Where one part of a display comes from.</summary>
/// <param name="From"><c>holder.name</c>, <c>holder.code</c>, <c>number</c>, or <c>fields.X</c>.</param>
/// <param name="Mask">Id of its mask (<see cref="Masks"/>).</param>
public sealed record DisplayPart(string From, string Mask);
