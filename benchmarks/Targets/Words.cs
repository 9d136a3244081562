namespace CrossProvince.Targets;

/// <summary>The same in both languages of the README.</summary>
internal sealed record Words(string En, string Zh);
