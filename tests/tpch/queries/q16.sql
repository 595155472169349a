-- TPC-H query 16. Parts and supplier relationship: BRAND Brand#45, TYPE MEDIUM POLISHED, SIZE1 to SIZE8 49, 14, 23, 45, 19, 3, 36, 9.
-- In data this small nobody complains of a supplier; the tests' setup makes a customer complain of one.
SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS supplier_cnt
FROM partsupp, part
WHERE p_partkey = ps_partkey
  AND p_brand <> 'Brand#45'
  AND p_type NOT LIKE 'MEDIUM POLISHED%'
  AND p_size IN (49, 14, 23, 45, 19, 3, 36, 9)
  AND ps_suppkey NOT IN (
      SELECT s_suppkey
      FROM supplier
      WHERE s_comment LIKE '%Customer%Complaints%'
  )
GROUP BY p_brand, p_type, p_size
ORDER BY supplier_cnt DESC, p_brand, p_type, p_size
