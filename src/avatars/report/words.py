"""The report's fixed texts: what each figure is called, how it is computed, what it can't say."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ALWAYS_UNTESTED",
    "CONTEXTS",
    "LIMITATIONS",
    "LINKED",
    "NOT_COVERED",
    "NOT_PART",
    "PROVED",
    "QUESTIONS",
    "TERMS",
    "WORDS",
    "Words",
]


@dataclass(frozen=True)
class Words:
    """How the report speaks of one metric.

    Parameters
    ----------
    title : str
        What people call it.
    formula : str
        How it is computed.
    text : str
        What it means, and which way is good.
    threat : str, default=""
        Who does what, in one sentence; an attack's result says so itself.

    Examples
    --------
    >>> from avatars.report.words import WORDS
    >>> WORDS["hidden_rate"].title
    'Hidden rate'
    """

    title: str
    formula: str
    text: str
    threat: str = ""


QUESTIONS = {
    "singling out": "Can somebody be isolated in the original table with the help of the release?",
    "linkability": "Can records about one person be brought together through the release?",
    "inference": "Can a value of a person be guessed better than that of people unseen?",
    "membership": "Can somebody tell that a person was in the original table?",
}
"""The three criteria of Opinion 05/2014 and membership, which is none of them but hurts as well."""

_RISK = "(s − c) / (1 − c), with s the share of attempts that succeed on people of the table and c "
_RISK += "that on people unseen"
_AUC = "Area under the ROC curve of the attacker's score, people of the table against people unseen"

_MOVED = "values beyond the people's fifth smallest and fifth largest are moved to these"
_FEWER = "levels and gaps of one to four people count as none of their own"

WORDS: dict[str, Words] = {
    "singling_out": Words(
        "Singling out",
        _RISK,
        "An attempt is a description built from the release; it succeeds where exactly one person "
        "fits it. 0 is no risk beyond chance, 1 the worst.",
    ),
    "linkability": Words(
        "Linkability",
        _RISK,
        "An attempt matches two halves of a person's columns through the avatars that both are "
        "near to. 0 is no risk beyond chance, 1 the worst.",
    ),
    "attribute_inference": Words(
        "Attribute inference",
        _RISK + "; the worst column counts, with an interval widened for having chosen it",
        "An attempt guesses one column of a person from known_variables, or from all others where "
        "none were named, through the nearest avatars. "
        "0 is no risk beyond what the population tells, 1 the worst.",
    ),
    "membership_inference": Words(
        "Membership inference",
        _AUC + "; the score is the distance to the nearest avatar",
        "0.5 is a guess, 1 certainty.",
    ),
    "membership_inference_density": Words(
        "Membership inference by density",
        _AUC + "; the score is the density of the release over that of a reference population",
        "0.5 is a guess, 1 certainty.",
    ),
    "shadow_membership": Words(
        "Shadow membership",
        _AUC + "; the score is learned on releases of other people made in the same way",
        "The attack is learned on shadow releases, of other people. 0.5 is a guess, 1 certainty.",
    ),
    "seed_linkage": Words(
        "Seed linkage",
        _RISK + ", the chance 1/n standing for c",
        "The release is made again with other seeds, and each avatar is given to the person whose "
        "regenerated avatars come nearest. 0 is no risk beyond chance, 1 the worst.",
    ),
    "hidden_rate": Words(
        "Hidden rate",
        "100 · (1 − mean over people of the chance to pick the own avatar among the nearest)",
        "Share of people whose nearest avatar is not their own. Higher is better.",
        "Somebody looks up the avatar nearest to a known person.",
    ),
    "local_cloaking": Words(
        "Local cloaking",
        "Median over people of the number of avatars at most as far as the own avatar",
        "How many avatars stand between a person and the own avatar. Higher is better.",
        "Somebody looks through the avatars around a known person, nearest first.",
    ),
    "distance_to_closest": Words(
        "Distance to closest",
        "Median over avatars of the distance to the nearest person, in the projection",
        "How far avatars keep from people. Higher is better; 0 is usual where few combinations of "
        "values exist.",
        "Somebody takes an avatar for the person nearest to it.",
    ),
    "closest_distances_ratio": Words(
        "Closest distances ratio",
        "Median over avatars of d₁ / d₂, the distances to the two nearest people; 1 where d₂ is 0",
        "Whether one person stands out as the nearest. Higher is better.",
        "Somebody takes an avatar for the one person who is much nearer than all others.",
    ),
    "closest_rate": Words(
        "Closest rate",
        "100 · (1 − share of avatars whose nearest person is both very near and much nearer than "
        "the second)",
        "Share of avatars that point at nobody. Higher is better.",
        "Somebody takes an avatar for a person where both distance and ratio suggest it.",
    ),
    "row_direct_match_protection": Words(
        "Row match protection",
        "100 · (1 − share of avatars equal to a person's whole row)",
        "Share of avatars that copy nobody. Higher is better; low where few combinations of values "
        "exist.",
        "Somebody finds a known row unchanged in the release.",
    ),
    "column_direct_match_protection": Words(
        "Column match protection",
        "100 · (1 − m / n) of the worst categorical column, m of whose values are in both tables",
        "How little a column's values alone lead from one table to the other. Higher is better.",
        "Somebody joins the release with another file on the values of one column.",
    ),
    "categorical_hidden_rate": Words(
        "Categorical hidden rate",
        "100 · (1 − share of the people with a unique combination of categories whose own avatar "
        "has it too)",
        "Whether unique combinations survive. Higher is better; 100 where there are none.",
        "Somebody knows that a combination of categories belongs to one person only.",
    ),
    "correlation_protection_rate": Words(
        "Correlation protection rate",
        "Share of people whose nearest avatar, by the known columns, is not their own, in %",
        "Higher is better.",
        "Somebody holds the known columns of a person and looks up the nearest avatar.",
    ),
    "linkability_protection_rate": Words(
        "Linkability protection rate",
        "Share of people whose two halves of columns don't point at the same avatar, in %",
        "Higher is better.",
        "Somebody holds two files and matches their rows through the release.",
    ),
    "inference_continuous": Words(
        "Inference of a number",
        "Mean relative error of the target read off the nearest avatar by the known columns, in %",
        "Higher is better.",
        "Somebody reads a number of a known person off the nearest avatar.",
    ),
    "inference_categorical": Words(
        "Inference of a category",
        "Share of wrong targets read off the nearest avatar by the known columns, in %",
        "Higher is better.",
        "Somebody reads a category of a known person off the nearest avatar.",
    ),
    "closer_to_training_share": Words(
        "Share closer to the table",
        "Share of avatars whose nearest person is one of the table and not one held out",
        "0.5 is best.",
        "Somebody asks whether avatars lean towards the people they were made from.",
    ),
    "hellinger_mean": Words(
        "Mean Hellinger distance",
        "Mean over columns of √(1 − Σ √(p q)) over shared bins or levels; " + _FEWER,
        "0 is the same distribution, 1 a disjoint one.",
    ),
    "hellinger_std": Words(
        "Spread of the Hellinger distance",
        "Standard deviation over columns of the Hellinger distance",
        "Small where all columns moved alike.",
    ),
    "hellinger_reference": Words(
        "Hellinger distance of two samples",
        "The same mean for two independent samples of these sizes",
        "What chance alone brings about: no release can be asked to do much better.",
    ),
    "multivariate_hellinger": Words(
        "Hellinger distance on the axes",
        "Mean of the Hellinger distance over the first axes of the projection",
        "0 is the same, 1 disjoint.",
    ),
    "correlation_difference": Words(
        "Difference of associations",
        "Mean over pairs of columns of the absolute difference of their association",
        "0 is best.",
    ),
    "correlation_difference_ratio": Words(
        "Pairs whose association moved",
        "Share of pairs of columns whose association differs by more than 0.1, in %",
        "0 is best.",
    ),
    "ks_mean": Words(
        "Mean Kolmogorov-Smirnov distance",
        "Mean over numbers of the largest gap between the distribution functions",
        "0 is the same distribution, 1 a disjoint one.",
    ),
    "total_variation_mean": Words(
        "Mean total variation",
        "Mean over categories of half the sum of the absolute differences of shares; " + _FEWER,
        "0 is the same, 1 disjoint.",
    ),
    "wasserstein_mean": Words(
        "Mean Wasserstein distance",
        "Mean over numbers of the area between the distribution functions, in interquartile "
        "ranges; " + _MOVED,
        "0 is best.",
    ),
    "missing_rate_difference": Words(
        "Difference of missing shares",
        "Mean over columns of the absolute difference of the share of missing cells; " + _FEWER,
        "0 is best.",
    ),
    "category_coverage": Words(
        "Category coverage",
        "Mean over categories of the share of levels that the release has too",
        "1 keeps every level; a release that leaves rare levels out is below, and should be.",
    ),
    "range_coverage": Words(
        "Range coverage",
        "Mean over numbers of the share of the people's range that the release spans; " + _MOVED,
        "1 spans all of it.",
    ),
    "contingency_similarity": Words(
        "Contingency similarity",
        "Mean over pairs of one less the total variation between their joint distributions",
        "1 is the same.",
    ),
    "std_ratio": Words(
        "Spread kept",
        "Mean over numbers of the standard deviation of the release over that of the people; "
        + _MOVED,
        "1 is best; averages of neighbours are below.",
    ),
    "propensity_auc": Words(
        "Told apart by a model",
        "Cross-validated area under the ROC curve of a model that tells avatars from people",
        "0.5 where it can't, 1 where it always can.",
    ),
    "pmse_ratio": Words(
        "Propensity score ratio",
        "Mean squared deviation of the propensity score, over its value for a release drawn from "
        "the law that the people follow in the table",
        "1 for a release drawn from the people's own law, 1 + m/n for m other people of the same "
        "population beside the n of the table; avatars that keep closer to the people are below, "
        "and more is worse.",
    ),
    "tstr_score": Words(
        "Score of a model trained on avatars",
        "Score on people held out of a model trained on the release (area under the curve or R²)",
        "Higher is better.",
    ),
    "tstr_ratio": Words(
        "Usefulness for prediction",
        "Score beyond chance of a model trained on the release over that of one trained on the "
        "people, both tested on people held out",
        "1 loses nothing, 0 teaches nothing. Chance is an area of 0.5 for a category, an R² of 0 "
        "for a number.",
    ),
    "k_anonymity": Words(
        "Smallest group",
        "Fewest rows of the release that share a combination of the known columns",
        "Higher is better.",
        "Somebody looks for the rows of the release that agree with what is known of a person.",
    ),
    "l_diversity": Words(
        "Least diverse group",
        "Fewest different targets in a group of rows that share the known columns",
        "Higher is better.",
        "Somebody reads the target off the rows that agree with what is known of a person.",
    ),
    "t_closeness": Words(
        "Most particular group",
        "Largest distance between a group's distribution of the target and that of the release",
        "Lower is better.",
        "Somebody learns about a group of rows that agree with what is known of a person.",
    ),
}

TERMS = [
    Words(
        "Avatar",
        "",
        "An invented row, drawn around one person's neighbours. It belongs to nobody.",
    ),
    Words(
        "Control",
        "",
        "The same attack on people who were not in the table. What succeeds there, the release "
        "reveals about the population, not about its people.",
    ),
    Words(
        "95 % interval",
        "",
        "Where the true figure plausibly lies, given how many attempts there were. A test counts "
        "as met only where all of its interval meets the target.",
    ),
    Words(
        "Most exposed tenth",
        "",
        "The people who stand farthest from everybody else. Averages hide what happens to them.",
    ),
    Words(
        "Projection",
        "",
        "Axes of the mixed table (principal components of numbers and categories), fitted on the "
        "people alone, on which distances are measured.",
    ),
]

CONTEXTS = {
    "open": "Anybody may hold the release, and nothing binds them. The strictest targets apply.",
    "external": "A named recipient outside the organisation holds the release, bound by contract.",
    "internal": "The release stays within the organisation, under its rules of access.",
}

ALWAYS_UNTESTED = [
    (
        "Several releases of one table",
        "Whoever holds more than one release can average them. This report is about one.",
    ),
    (
        "Attackers who know the seed or the people's neighbours",
        "The seed is taken to be secret, as is every file from which the release was made.",
    ),
    (
        "Other sources of knowledge",
        "Attackers know columns of this table and nothing that isn't in it.",
    ),
    (
        "Attacks that nobody has written yet",
        "A test that was passed bounds one attack. There is no proof against all: no differential "
        "privacy is claimed.",
    ),
]

NOT_PART = [
    ("Links between tables, time series", "Not part of this release: it is one table of people.")
]

PROVED = (
    "Attacks that nobody has written yet",
    "A test that was passed bounds one attack. Differential privacy bounds all of them on the "
    "release, as section 5 says, and none on the figures of this report.",
)

NOT_COVERED = (
    "The figures of this report and every metric, which are computed on the real people without "
    "noise: whoever shall not learn of them shall not read it. The choice of parameters, where "
    "somebody looked at the people for it. Names and dtypes of columns, which are taken to be "
    "public. Releases that were charged to no ledger. Errors, warnings and the time that a fit "
    "takes, which whoever runs it sees."
)

LINKED = (
    "The table is linked to others. The sections before this one look at a person with all rows "
    "that belong to it summed up beside it, since that is what somebody knows who knows the "
    "person; this one says what became of the links themselves."
)
LIMITATIONS = [
    "This report supports an assessment. It doesn't replace one: whether the release may be handed "
    "over is decided by the controller, for this release, its recipient and its purpose.",
    "Distance metrics can look excellent on a release that leaks: on avatars that were published "
    "with the method we measured a hidden rate of 98.5 % and told members from others with an area "
    "under the curve of 0.69. Where distances and attacks disagree, this report follows the "
    "attacks.",
    "A distance to closest of 0 and a low row match protection are normal where a table has few "
    "possible rows: many people then share a row, and an equal avatar points at none of them.",
    "Published figures can themselves leak. Figures of columns are therefore taken after values "
    "beyond the people's fifth smallest and fifth largest were moved to these and levels and gaps "
    "of one to four people were joined to others, so that they differ a little from those that "
    "the library computes. Figures of all columns taken together, and of attacks, are as they were "
    "measured. Don't publish reports of many releases of the same table.",
    "An attack's figure is a lower bound on what is possible: a better attacker may do better. Its "
    "interval speaks of chance in the choice of people, not of attacks that were not tried.",
    "All figures depend on the space in which they are measured: on the types of the columns, the "
    "number of axes and how gaps are filled. Compare figures only where these are the same.",
    "The assignment of metrics to criteria is a convention. Membership belongs to none of the "
    "three criteria of Opinion 05/2014 strictly, and can harm people all the same.",
    "Utility is measured in general. Whether an analysis holds is known only when it is repeated "
    "where the people's data are.",
]
