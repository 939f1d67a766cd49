"""The towns of the South by area, since people write where they live and rules know areas only."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from events.terms import Area
from services.importing.words import key

# Ceremonial counties, and Bristol with what surrounds it; where two towns share a name, the larger.
_TOWNS: Final = {
    Area.CORNWALL: """Bodmin, Bude, Callington, Camborne, Falmouth, Hayle, Helston, Launceston,
        Liskeard, Looe, Lostwithiel, Newquay, Padstow, Penryn, Penzance, Perranporth, Redruth,
        Saltash, St Agnes, St Austell, St Ives, Torpoint, Truro, Wadebridge, Isles of Scilly""",
    Area.DEVON: """Axminster, Barnstaple, Bideford, Bovey Tracey, Brixham, Buckfastleigh, Budleigh
        Salterton, Crediton, Cullompton, Dartmouth, Dawlish, Exeter, Exmouth, Great Torrington,
        Holsworthy, Honiton, Ilfracombe, Ivybridge, Kingsbridge, Newton Abbot, Okehampton, Ottery St
        Mary, Paignton, Plymouth, Seaton, Sidmouth, South Molton, Tavistock, Teignmouth, Tiverton,
        Torbay, Torquay, Torrington, Totnes""",
    Area.SOMERSET: """Bath, Bridgwater, Bruton, Burnham-on-Sea, Castle Cary, Chard, Cheddar,
        Clevedon, Crewkerne, Frome, Glastonbury, Highbridge, Ilminster, Keynsham, Langport,
        Midsomer Norton, Minehead, Nailsea, Portishead, Radstock, Shepton Mallet, Somerton, Street,
        Taunton, Watchet, Wellington, Wells, Weston-super-Mare, Wincanton, Yeovil""",
    Area.BRISTOL: "Bristol, Avonmouth, Bedminster, Clifton, Easton, Southmead",
    Area.GLOUCESTERSHIRE: """Bradley Stoke, Cheltenham, Chipping Campden, Chipping Sodbury,
        Cinderford, Cirencester, Coleford, Dursley, Fairford, Filton, Gloucester, Kingswood,
        Lechlade, Lydney, Moreton-in-Marsh, Nailsworth, Newent, Stow-on-the-Wold, Stroud, Tetbury,
        Tewkesbury, Thornbury, Wotton-under-Edge, Yate""",
    Area.WILTSHIRE: """Amesbury, Bradford-on-Avon, Calne, Chippenham, Corsham, Cricklade, Devizes,
        Malmesbury, Marlborough, Melksham, Mere, Royal Wootton Bassett, Salisbury, Swindon,
        Tidworth, Trowbridge, Warminster, Westbury, Wilton, Wootton Bassett""",
    Area.DORSET: """Beaminster, Blandford, Blandford Forum, Bournemouth, Bridport, Christchurch,
        Dorchester, Ferndown, Lyme Regis, Poole, Portland, Shaftesbury, Sherborne, Stalbridge,
        Sturminster Newton, Swanage, Verwood, Wareham, Weymouth, Wimborne, Wimborne Minster""",
    Area.HAMPSHIRE: """Aldershot, Alton, Andover, Basingstoke, Bishop's Waltham, Bordon, Eastleigh,
        Emsworth, Fareham, Farnborough, Fleet, Fordingbridge, Gosport, Havant, Hedge End, Hook,
        Lymington, Lyndhurst, New Milton, Petersfield, Portsmouth, Ringwood,
        Romsey, Southampton, Southsea, Tadley, Totton, Waterlooville, Whitchurch, Winchester,
        Yateley""",
    Area.ISLE_OF_WIGHT: """Bembridge, Cowes, East Cowes, Freshwater, Newport, Ryde, Sandown,
        Shanklin, Ventnor, Yarmouth""",
    Area.BERKSHIRE: """Ascot, Bracknell, Crowthorne, Earley, Eton, Hungerford, Maidenhead, Newbury,
        Reading, Sandhurst, Slough, Thatcham, Windsor, Wokingham, Woodley""",
    Area.OXFORDSHIRE: """Abingdon, Abingdon-on-Thames, Banbury, Bicester, Burford, Carterton,
        Chipping Norton, Didcot, Faringdon, Henley, Henley-on-Thames, Kidlington, Oxford, Thame,
        Wallingford, Wantage, Witney, Woodstock""",
    Area.BUCKINGHAMSHIRE: """Amersham, Aylesbury, Beaconsfield, Bletchley, Buckingham, Chesham,
        Gerrards Cross, High Wycombe, Marlow, Milton Keynes, Newport Pagnell, Olney, Princes
        Risborough, Wendover, Winslow, Wolverton""",
    Area.SURREY: """Addlestone, Ashtead, Camberley, Caterham, Chertsey, Cobham, Cranleigh, Dorking,
        Egham, Epsom, Esher, Ewell, Farnham, Frimley, Godalming, Guildford, Haslemere, Horley,
        Leatherhead, Oxted, Redhill, Reigate, Staines, Staines-upon-Thames, Sunbury, Walton-on-
        Thames, Weybridge, Woking""",
    Area.WEST_SUSSEX: """Arundel, Billingshurst, Bognor Regis, Burgess Hill, Chichester, Crawley,
        East Grinstead, Haywards Heath, Henfield, Horsham, Lancing, Littlehampton, Midhurst,
        Petworth, Pulborough, Selsey, Shoreham, Shoreham-by-Sea, Steyning, Storrington, Worthing""",
    Area.EAST_SUSSEX: """Battle, Bexhill, Bexhill-on-Sea, Brighton, Brighton and Hove, Crowborough,
        Eastbourne, Hailsham, Hastings, Heathfield, Hove, Lewes, Newhaven, Peacehaven, Polegate,
        Rye, Seaford, St Leonards, St Leonards-on-Sea, Uckfield""",
    Area.KENT: """Ashford, Broadstairs, Canterbury, Chatham, Cranbrook, Dartford, Deal, Dover,
        Edenbridge, Faversham, Folkestone, Gillingham, Gravesend, Herne Bay, Hythe, Lydd, Maidstone,
        Margate, Medway, New Romney, Northfleet, Queenborough, Rainham, Ramsgate, Rochester,
        Royal Tunbridge Wells, Sandwich, Sevenoaks, Sheerness, Sittingbourne, Snodland,
        Southborough, Strood, Swanley, Swanscombe, Tenterden, Tonbridge, Tunbridge Wells, Westerham,
        West Malling, Whitstable""",
}


def _counties() -> Iterator[tuple[str, Area]]:
    for area in Area:
        yield key(area), area


def _towns() -> Iterator[tuple[str, Area]]:
    for area, names in _TOWNS.items():
        for name in names.split(","):
            yield key(name), area


COUNTIES: Final[Mapping[str, Area]] = MappingProxyType(dict(_counties()))
TOWNS: Final[Mapping[str, Area]] = MappingProxyType(dict(_towns()))


def area_of(place: str) -> Area | None:
    """Where a place is, as in "Newport, Isle of Wight"; a county that is named decides.

    None if no part of it, between commas, is a town or county that we know.
    """
    parts = [key(part) for part in place.split(",")]
    found = [
        known[part] for known in (COUNTIES, TOWNS) for part in reversed(parts) if part in known
    ]
    return found[0] if found else None
