// SPDX-License-Identifier: MIT
// A template that never ends: 2^40 instantiations.
template<int Depth, unsigned long Path>
struct Bomb {
	static constexpr unsigned long value =
	    Bomb<Depth - 1, Path * 2>::value +
	    Bomb<Depth - 1, Path * 2 + 1>::value;
};

template<unsigned long Path>
struct Bomb<0, Path> {
	static constexpr unsigned long value = Path;
};

int
main()
{
	return Bomb<40, 1>::value & 1;
}
